import { apiChanges, compare, versionFaults } from './oasdiff.ts';

/** A contract, as far as the planted changes look at it. */
interface Contract {
  info: { version: string };
  paths: Record<string, Record<string, unknown>>;
}

/**
 * Shows that the comparison sees what breaks clients: every path of the contract is removed from a copy in turn, which
 * must be found, and be refused for a mere patch.
 *
 * @param contract the present one, as JSON
 * @returns how many it was tried with
 * @throws when a planted change is not found
 */
export async function selfCheck(contract: string): Promise<number> {
  const paths = Object.keys((JSON.parse(contract) as Contract).paths);
  const attempts = paths.map(async (path) => {
    const copy = JSON.parse(contract) as Contract;
    Reflect.deleteProperty(copy.paths, path);
    copy.info.version = nextPatch(copy.info.version);
    const changes = await compare(contract, JSON.stringify(copy));
    const isSeen = apiChanges(changes).some((change) => change.level === 3 && change.path === path);
    if (!isSeen || versionFaults(changes).length === 0) {
      throw new Error(`oasdiff does not see that ${path} was removed: the gate is worth nothing.`);
    }
  });
  await Promise.all(attempts);
  return paths.length;
}

function nextPatch(version: string): string {
  const [major = '0', minor = '0', patch = '0'] = version.split('.');
  return `${major}.${minor}.${Number(patch) + 1}`;
}
