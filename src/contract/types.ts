import type { Readable } from 'node:stream';
import type { components, operations as Operations } from '../../generated/openapi.d.ts';
import type { operations } from '../../generated/operations.ts';
import type { Principal } from '../auth/principal.ts';

/** Every `operationId` of the contract. */
export type OperationId = keyof Operations;

/** A schema of the contract by its component name. */
export type Schema<Name extends keyof components['schemas']> = components['schemas'][Name];

/** The stable, machine-readable name of a problem. */
export type ProblemCode = Schema<'ProblemCode'>;

/** One invalid place in a request. */
export type InvalidField = Schema<'InvalidField'>;

/**
 * `T`, when it has no members beyond those of `Shape`. For arguments: a variable may have more members
 * than its parameter asks for, and they would be passed over in silence.
 */
export type Exactly<Shape, T extends object> = T &
  Shape &
  Record<Exclude<keyof T, keyof Shape>, never>;

/** What a handler says of a problem; the sender adds the members that every problem document has. */
export interface ProblemDraft<Code extends ProblemCode = ProblemCode> {
  readonly code: Code;
  /** A sentence for people, specific to this occurrence; never SQL, a stack or an internal name. */
  readonly detail: string;
  readonly errors?: InvalidField[];
}

/**
 * Response headers that the pipeline writes on its own, on every operation alike. They are
 * documented in the contract but are none of a handler's business.
 */
type PipelineHeader =
  'X-Request-Id' | 'WWW-Authenticate' | 'Retry-After' | 'Accept' | 'Accept-Patch';

// eslint-disable-next-line @typescript-eslint/no-generated-empty-object-type -- that is what it is for
type Empty = Record<never, never>;

/** `T` without its index signature: openapi-typescript gives one to every headers object. */
type KnownKeys<T> = {
  [Key in keyof T as string extends Key ? never : number extends Key ? never : Key]: T[Key];
};

type Parameters<Op extends OperationId, In extends 'path' | 'query' | 'header'> =
  Operations[Op]['parameters'] extends Partial<Record<In, infer P>>
    ? [NonNullable<P>] extends [never]
      ? Empty
      : NonNullable<P>
    : Empty;

type DefaultsOf<
  Op extends OperationId,
  In extends 'query' | 'body',
> = (typeof operations)[Op]['defaults'][In][number];

/** The validator fills in documented defaults, so behind it those members are always there. */
type WithDefaults<T, Names> = T & {
  [Name in Extract<Names, keyof T>]-?: Exclude<T[Name], undefined>;
};

type LowercaseKeys<T> = { [Key in keyof T as Lowercase<Key & string>]: T[Key] };

type BodyOf<Op extends OperationId> = Operations[Op] extends {
  requestBody: { content: infer Content };
}
  ? WithDefaults<Content[keyof Content], DefaultsOf<Op, 'body'>>
  : undefined;

/** The media types that an operation succeeds with; `never` when it does so without a body. */
export type ResponseMediaType<Op extends OperationId> =
  (typeof operations)[Op]['responseMediaTypes'][number];

/** A validated request of one operation: exactly what the contract documents, defaults filled in. */
export interface RequestOf<Op extends OperationId> {
  readonly path: Parameters<Op, 'path'>;
  readonly query: WithDefaults<Parameters<Op, 'query'>, DefaultsOf<Op, 'query'>>;
  /** Documented request headers, by lower-case name. */
  readonly headers: LowercaseKeys<Parameters<Op, 'header'>>;
  readonly body: BodyOf<Op>;
  /** The media type to answer with, as `Accept` has it, where there is a choice. */
  readonly accept: ResponseMediaType<Op>;
  /** Who asks; absent for public operations. */
  readonly principal: (typeof operations)[Op]['public'] extends true ? undefined : Principal;
}

type HandlerHeaders<Headers> = Omit<KnownKeys<Headers>, PipelineHeader>;

/** A `headers` member that may be left out when the contract asks for none. */
type HeadersMember<Headers> =
  Empty extends HandlerHeaders<Headers>
    ? { readonly headers?: HandlerHeaders<Headers> }
    : { readonly headers: HandlerHeaders<Headers> };

/** JSON alone is given as a value. An answer in one of several formats is written as a stream. */
type BodyMember<Content> = [Exclude<keyof Content, 'application/json'>] extends [never]
  ? { readonly body: Content[keyof Content] }
  : { readonly stream: Readable; readonly mediaType: keyof Content };

type ResponseFor<Status, Response> = Response extends {
  headers: infer Headers;
  content: { 'application/problem+json': infer Problem };
}
  ? Problem extends { code: infer Code extends ProblemCode }
    ? { readonly status: Status; readonly problem: ProblemDraft<Code> } & HeadersMember<Headers>
    : never
  : Response extends { headers: infer Headers; content: infer Content extends object }
    ? { readonly status: Status } & BodyMember<Content> & HeadersMember<Headers>
    : Response extends { headers: infer Headers }
      ? { readonly status: Status } & HeadersMember<Headers>
      : never;

/**
 * A documented answer of one operation: a union over its statuses, each with its own headers and
 * body. An undocumented status, a missing member or an extra one in a literal is a type error.
 */
export type ResponseOf<Op extends OperationId> = {
  [Status in keyof Operations[Op]['responses']]: ResponseFor<
    Status,
    Operations[Op]['responses'][Status]
  >;
}[keyof Operations[Op]['responses']];

/**
 * The implementation of one operation. Declare it as a function with `ResponseOf<Op>` as its
 * return type; a contextually typed arrow function would let extra members through.
 */
export type Handler<Op extends OperationId, Deps> = (
  request: RequestOf<Op>,
  deps: Deps,
) => Promise<ResponseOf<Op>>;

/** One handler for every operation of the contract: a missing one does not compile. */
export type Handlers<Deps> = { readonly [Op in OperationId]: Handler<Op, Deps> };

/**
 * Finds in a request what no schema can refuse, so that it can be reported together with what one does. Nothing of
 * the request is sure to be valid.
 *
 * @returns the invalid places
 */
export type RequestCheck = (request: {
  readonly query: Readonly<Record<string, unknown>>;
}) => InvalidField[];

/** What the sender accepts: any documented answer, with its types erased. */
export interface AnyResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: unknown;
  /** Instead of a body, with its media type. The sender closes it, whatever happens. */
  readonly stream?: Readable;
  readonly mediaType?: string;
  readonly problem?: ProblemDraft;
}
