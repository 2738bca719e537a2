import type { Mutant } from './mutant.ts';
import { answerMutants } from './mutants/answers.ts';
import { generatedMutants } from './mutants/generated.ts';
import { operationMutants } from './mutants/operations.ts';
import { ownershipMutants } from './mutants/ownership.ts';
import { schemaMutants } from './mutants/schemas.ts';
import { stateMutants } from './mutants/state.ts';

/** Everything that is broken on purpose. One that no gate sees needs a better gate, never a shorter list. */
export const mutants: readonly Mutant[] = [
  ...schemaMutants,
  ...operationMutants,
  ...answerMutants,
  ...ownershipMutants,
  ...stateMutants,
  ...generatedMutants,
];
