import { expect, test } from '@jest/globals';
import { changesSince, updated } from '../../scripts/api-changes/changelog.ts';
import { read } from '../docs/markdown.ts';
import { contract } from '../support/contract.ts';

const PAGE = '# Changelog\n\n## API\n';

test('the package and the contract have one version', () => {
  const { version } = JSON.parse(read('package.json'));
  const lock = JSON.parse(read('package-lock.json'));
  expect(contract.info.version).toBe(version);
  expect([lock.version, lock.packages[''].version]).toStrictEqual([version, version]);
});

test('the changelog lists what breaks clients first, each change once', () => {
  const page = changesSince('2.0.0', 'v1.0.0', [
    { id: 'added', text: 'added `a_b` to *all*', level: 1, operation: 'GET', path: '/a_b' },
    { id: 'removed', text: 'removed', level: 3, operation: 'PUT', path: '/{id}' },
    { id: 'removed', text: 'removed', level: 3, operation: 'PUT', path: '/{id}' },
    { id: 'document', text: 'another document', level: 1 },
  ]);
  expect(page).toBe(
    [
      '<!-- changes since v1.0.0, by npm run changelog -->',
      '### 2.0.0, since v1.0.0',
      '#### Breaks clients',
      '- `PUT /{id}`: removed',
      '#### Breaks nobody',
      '- `GET /a_b`: added `a_b` to \\*all\\*\n- another document',
      '<!-- end of changes -->',
    ].join('\n\n'),
  );
});

test('the changelog replaces what it said of the same release, and keeps the rest', () => {
  const change = { id: 'a', text: 'one', level: 1 } as const;
  const first = updated(PAGE, undefined, changesSince('1.0.0', undefined, []));
  const second = updated(first, 'v1.0.0', changesSince('1.0.0', 'v1.0.0', [change]));
  const third = updated(
    second,
    'v1.0.0',
    changesSince('1.1.0', 'v1.0.0', [change, { ...change, text: 'two' }]),
  );
  const headings = [...third.matchAll(/^### (.*)$/gm)].map(([, heading]) => heading);
  expect(headings).toStrictEqual(['1.1.0, since v1.0.0', '1.0.0, since the beginning']);
  expect(third).toContain('- one\n- two\n');
  expect(second).toContain('### Unreleased, since v1.0.0');
  // Nothing is left of a change that was taken back.
  expect(updated(third, 'v1.0.0', changesSince('1.1.0', 'v1.0.0', []))).toBe(first);
  expect(updated(third, 'v1.0.0', changesSince('1.1.0', 'v1.0.0', []))).toBe(
    updated(first, 'v1.0.0', ''),
  );
});

test('the changelog needs a place for the API', () => {
  expect(() => updated('# Changelog\n', undefined, '')).toThrow('has no section "API"');
});
