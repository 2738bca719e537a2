// Generated from openapi/ by `npm run generate`. Do not edit.

export interface paths {
    "/api/{user_id}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The user whose data this is. It must be the subject of the token, otherwise the answer is 403.
                 * @example alice
                 */
                user_id: components["parameters"]["UserId"];
            };
            cookie?: never;
        };
        /**
         * Get the user
         * @description Answers what the server knows about the user, and how many tasks there are. A user who has never written anything gets zeros: one's own path always exists. The `ETag` changes with every write by the user.
         */
        get: operations["getUser"];
        put?: never;
        post?: never;
        /**
         * Delete the user
         * @description Erases the user and everything the user owns, for good. Export it first (`exportUser`) if it may be needed. `If-Match` must hold the user's current `ETag`, so that nothing is erased that was written after the user looked: without it the answer is 428. Tokens issued before the deletion stay dead: from now on they are answered 401 `invalid_token`. Because the clock of an issuer may be up to 5 seconds ahead, so are tokens with an `iat` up to 5 seconds after the deletion. A token issued later starts from nothing.
         */
        delete: operations["deleteUser"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/{user_id}/export": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The user whose data this is. It must be the subject of the token, otherwise the answer is 403.
                 * @example alice
                 */
                user_id: components["parameters"]["UserId"];
            };
            cookie?: never;
        };
        /**
         * Export everything the user owns
         * @description Streams everything that the user owns, as it was at one moment, however much it is. `Accept` chooses the format (RFC 9110, section 12.5.1): `application/json` is one object, `application/x-ndjson` is one JSON object a line, first the user and then a task a line, the oldest first. Without `Accept`, or when it likes both equally, the answer is `application/json`; when it allows neither, 406. A user who has never written anything gets an export without tasks. The status is sent before the last task is read: a failure on the way breaks the connection off, so that a part is never taken for the whole.
         */
        get: operations["exportUser"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/{user_id}/tasks": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The user whose data this is. It must be the subject of the token, otherwise the answer is 403.
                 * @example alice
                 */
                user_id: components["parameters"]["UserId"];
            };
            cookie?: never;
        };
        /**
         * List tasks
         * @description Answers the user's tasks page by page, the newest first unless `sort` says otherwise. Follow `next_cursor` (or the `Link` header) until it is `null`. Pages are cut by position and not by number (keyset pagination): whatever is written meanwhile, a task that exists throughout is listed exactly once, unless the property that the list is ordered or filtered by changes on that very task. A cursor is bound to the `sort` and `completed` it was made with; `limit` may change between pages. There are no totals.
         */
        get: operations["listTasks"];
        put?: never;
        /**
         * Create a task
         * @description Creates a task for the user and answers it as stored. `Location` is where it can be reached from now on.
         */
        post: operations["createTask"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/{user_id}/tasks/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The user whose data this is. It must be the subject of the token, otherwise the answer is 403.
                 * @example alice
                 */
                user_id: components["parameters"]["UserId"];
                /**
                 * @description The task.
                 * @example 019bc0fd-89c0-7c3e-9f41-6f0c2d8e5a17
                 */
                id: components["parameters"]["TaskId"];
            };
            cookie?: never;
        };
        /**
         * Get a task
         * @description Answers one task of the user.
         */
        get: operations["getTask"];
        /**
         * Replace a task
         * @description Sets every writable property of the task at once. All of them are required: a property that is left out is refused instead of being wiped. A task is never created this way.
         */
        put: operations["replaceTask"];
        post?: never;
        /**
         * Delete a task
         * @description Deletes the task for good. Deleting it again answers 404.
         */
        delete: operations["deleteTask"];
        options?: never;
        head?: never;
        /**
         * Update a task
         * @description Changes the properties that are sent and leaves the others alone (JSON Merge Patch, RFC 7396). The body must have the media type `application/merge-patch+json`.
         */
        patch: operations["updateTask"];
        trace?: never;
    };
    "/api/{user_id}/tasks/{id}/complete": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The user whose data this is. It must be the subject of the token, otherwise the answer is 403.
                 * @example alice
                 */
                user_id: components["parameters"]["UserId"];
                /**
                 * @description The task.
                 * @example 019bc0fd-89c0-7c3e-9f41-6f0c2d8e5a17
                 */
                id: components["parameters"]["TaskId"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Complete or reopen a task
         * @description Sets whether the task is done. Saying it again changes nothing but `updated_at` and `revision`: a task that is already completed keeps its `completed_at`.
         */
        patch: operations["setTaskCompletion"];
        trace?: never;
    };
    "/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the health of the service
         * @description Answers whether the service and its database are well, and how quickly the database answers. For people and dashboards.
         */
        get: operations["getHealth"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/livez": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the liveness of the process
         * @description Answers whether the process can answer at all; nothing else is looked at. When it fails, restart the process.
         */
        get: operations["getLiveness"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the readiness of the service
         * @description Answers whether the service can take requests: the database answers and has been migrated. When it fails, send requests elsewhere.
         */
        get: operations["getReadiness"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description The body is too long. */
        ContentTooLargeProblem: components["schemas"]["Problem"] & {
            /**
             * @description The HTTP status of this response.
             * @constant
             */
            status: 413;
            /**
             * @description What went wrong, for programs to decide by.
             * @constant
             */
            code: "content_too_large";
        };
        /** @description A new task. Unknown properties are refused. */
        CreateTask: {
            title: components["schemas"]["Title"];
            /** @default null */
            description?: components["schemas"]["Description"];
            /**
             * @description Whether the task is already done.
             * @default false
             * @example false
             */
            completed?: boolean;
        };
        /** @description A position in a list: opaque, URL-safe (unpadded base64url), and bound to the sort order and filters it was made with. */
        Cursor: string;
        /** @description The health of the database, as seen by a query made for this response. */
        DatabaseHealth: {
            /**
             * @description Always `ok`.
             * @constant
             */
            status: "ok";
            /**
             * @description How long the query took, including the wait for a connection, in milliseconds.
             * @example 1.8
             */
            latency_ms: number;
        };
        /**
         * @description Details of the task, in up to 10,000 Unicode code points, stored exactly as sent; `null` when there are none. The empty string is kept and is not the same as `null`. U+0000 is not allowed.
         * @example Two litres, semi-skimmed.
         */
        Description: string | null;
        /**
         * @description `*`, or a list of entity-tags (RFC 9110, sections 8.8.3 and 13.1): each in double quotes, with `W/` in front when it is weak.
         * @example "41"
         */
        EntityTags: string;
        /** @description The user in the path is not the token's subject. */
        ForbiddenProblem: components["schemas"]["Problem"] & {
            /**
             * @description The HTTP status of this response.
             * @constant
             */
            status: 403;
            /**
             * @description What went wrong, for programs to decide by.
             * @constant
             */
            code: "forbidden";
        };
        /** @description The health of the service and of what it needs. Anything but health is answered as a problem. */
        Health: {
            /**
             * @description Always `ok`.
             * @constant
             */
            status: "ok";
            /**
             * @description The version of the running server (Semantic Versioning 2.0.0).
             * @example 0.1.0
             */
            version: string;
            database: components["schemas"]["DatabaseHealth"];
        };
        /**
         * @description A key of 1 to 255 visible ASCII characters (U+0021 to U+007E), either in double quotes as a structured-field string (RFC 9651, section 3.3.3; `"` and `\` are written `\"` and `\\`), or bare, when it does not begin with a double quote. The key is what is inside: `"a"` and `a` are the same.
         * @example "8e03978e-40d5-43dd-bc93-6894a57f9324"
         */
        IdempotencyKey: string;
        /** @description A request with this idempotency key is still running. */
        IdempotencyKeyInUseProblem: components["schemas"]["Problem"] & {
            /**
             * @description The HTTP status of this response.
             * @constant
             */
            status: 409;
            /**
             * @description What went wrong, for programs to decide by.
             * @constant
             */
            code: "idempotency_key_in_use";
        };
        /** @description The idempotency key was used for another request. */
        IdempotencyKeyReusedProblem: components["schemas"]["Problem"] & {
            /**
             * @description The HTTP status of this response.
             * @constant
             */
            status: 422;
            /**
             * @description What went wrong, for programs to decide by.
             * @constant
             */
            code: "idempotency_key_reused";
        };
        /** @description The server failed. */
        InternalErrorProblem: components["schemas"]["Problem"] & {
            /**
             * @description The HTTP status of this response.
             * @constant
             */
            status: 500;
            /**
             * @description What went wrong, for programs to decide by.
             * @constant
             */
            code: "internal_error";
        };
        /** @description An invalid place in the body. */
        InvalidBodyField: {
            /**
             * @description A JSON Pointer (RFC 6901) into the body, in its URI fragment form; `#` is the whole body.
             * @example #/title
             */
            pointer: string;
            /**
             * @description What is wrong there, for people.
             * @example must not have more than 255 characters
             */
            detail: string;
        };
        /** @description One invalid place in the request, and what is wrong there. */
        InvalidField: components["schemas"]["InvalidBodyField"] | components["schemas"]["InvalidParameter"] | components["schemas"]["InvalidHeader"];
        /** @description An invalid request header. */
        InvalidHeader: {
            /**
             * @description The name of the header field, in lower case.
             * @example if-none-match
             */
            header: string;
            /**
             * @description What is wrong there, for people.
             * @example must be * or a list of entity-tags
             */
            detail: string;
        };
        /** @description A parameter or header breaks this contract, or the cursor cannot be used here. */
        InvalidListRequestProblem: components["schemas"]["Problem"] & {
            /**
             * @description The HTTP status of this response.
             * @constant
             */
            status: 400;
            /**
             * @description What went wrong, for programs to decide by.
             * @enum {string}
             */
            code: "invalid_request" | "invalid_cursor";
        };
        /** @description An invalid path or query parameter. */
        InvalidParameter: {
            /**
             * @description The name of the path or query parameter.
             * @example limit
             */
            parameter: string;
            /**
             * @description What is wrong there, for people.
             * @example must be at most 100
             */
            detail: string;
        };
        /** @description A parameter or the body breaks this contract, or the body is not JSON. */
        InvalidRequestBodyProblem: components["schemas"]["Problem"] & {
            /**
             * @description The HTTP status of this response.
             * @constant
             */
            status: 400;
            /**
             * @description What went wrong, for programs to decide by.
             * @enum {string}
             */
            code: "invalid_request" | "malformed_body";
        };
        /** @description A parameter or header breaks this contract. */
        InvalidRequestProblem: components["schemas"]["Problem"] & {
            /**
             * @description The HTTP status of this response.
             * @constant
             */
            status: 400;
            /**
             * @description What went wrong, for programs to decide by.
             * @constant
             */
            code: "invalid_request";
        };
        /** @description `Accept` allows no format that the operation can answer with. */
        NotAcceptableProblem: components["schemas"]["Problem"] & {
            /**
             * @description The HTTP status of this response.
             * @constant
             */
            status: 406;
            /**
             * @description What went wrong, for programs to decide by.
             * @constant
             */
            code: "not_acceptable";
        };
        /** @description The resource is no longer what `If-Match` names. */
        PreconditionFailedProblem: components["schemas"]["Problem"] & {
            /**
             * @description The HTTP status of this response.
             * @constant
             */
            status: 412;
            /**
             * @description What went wrong, for programs to decide by.
             * @constant
             */
            code: "precondition_failed";
        };
        /** @description The request needs an `If-Match` and has none. */
        PreconditionRequiredProblem: components["schemas"]["Problem"] & {
            /**
             * @description The HTTP status of this response.
             * @constant
             */
            status: 428;
            /**
             * @description What went wrong, for programs to decide by.
             * @constant
             */
            code: "precondition_required";
        };
        /** @description A problem document (RFC 9457). Every error has this shape; each operation says which codes it can answer. */
        Problem: {
            /**
             * Format: uri-reference
             * @description A URI reference that identifies the kind of problem: `/problems/` and the code.
             * @example /problems/task_not_found
             */
            type: string;
            /**
             * @description The kind of problem in a few words for people; the same for every occurrence.
             * @example Task not found
             */
            title: string;
            /**
             * @description The HTTP status of this response.
             * @example 404
             */
            status: number;
            /**
             * @description What happened this time and what can be done about it, for people. Not for parsing.
             * @example You have no task with this id.
             */
            detail: string;
            /**
             * Format: uri-reference
             * @description A URI reference that identifies this occurrence: `urn:request:` and the request id.
             * @example urn:request:019bc0f2-a5e8-7d51-8a3c-2b9f4e6d7c10
             */
            instance: string;
            code: components["schemas"]["ProblemCode"];
            request_id: components["schemas"]["RequestId"];
            /** @description Each place in the request that is invalid; present when there is any to name. */
            errors?: components["schemas"]["InvalidField"][];
        };
        /**
         * @description What went wrong, for programs to decide by. Codes are never renamed; new ones may be added.
         *
         *     | code | status | meaning |
         *     |---|---|---|
         *     | `invalid_request` | 400 | a parameter, header or body breaks this contract; `errors` names the places |
         *     | `malformed_body` | 400 | the body is not JSON (RFC 8259) within the limits of I-JSON (RFC 7493) |
         *     | `invalid_cursor` | 400 | the cursor is damaged, or belongs to another list, sort order or filter |
         *     | `malformed_url` | 400 | the path cannot be decoded; outside any operation |
         *     | `malformed_request` | 400 | the request is not valid HTTP; outside any operation |
         *     | `authentication_required` | 401 | the request carries no bearer token |
         *     | `invalid_token` | 401 | the bearer token is damaged, expired, or not meant for this API |
         *     | `forbidden` | 403 | the user in the path is not the token's subject |
         *     | `task_not_found` | 404 | the user has no task with this id |
         *     | `route_not_found` | 404 | no operation has this path; outside any operation |
         *     | `method_not_allowed` | 405 | the path has no such method, see `Allow`; outside any operation |
         *     | `not_acceptable` | 406 | `Accept` allows no format that the operation can answer with |
         *     | `request_timeout` | 408 | the request did not arrive in time; outside any operation |
         *     | `idempotency_key_in_use` | 409 | a request with this idempotency key is still running; wait as `Retry-After` says |
         *     | `precondition_failed` | 412 | the resource is no longer what `If-Match` names |
         *     | `content_too_large` | 413 | the body is longer than 131,072 bytes |
         *     | `unsupported_media_type` | 415 | the body has another media type than the operation takes |
         *     | `idempotency_key_reused` | 422 | the idempotency key was used for another request |
         *     | `precondition_required` | 428 | the request needs an `If-Match` and has none |
         *     | `rate_limited` | 429 | the rate limit is used up; wait as `Retry-After` says |
         *     | `header_fields_too_large` | 431 | the header section is too long; outside any operation |
         *     | `internal_error` | 500 | the server failed; the request may be tried again if it is idempotent |
         *     | `service_unavailable` | 503 | something the server needs is away or overloaded; wait as `Retry-After` says |
         * @example task_not_found
         * @enum {string}
         */
        ProblemCode: "invalid_request" | "malformed_body" | "invalid_cursor" | "malformed_url" | "malformed_request" | "authentication_required" | "invalid_token" | "forbidden" | "task_not_found" | "route_not_found" | "method_not_allowed" | "not_acceptable" | "request_timeout" | "idempotency_key_in_use" | "precondition_failed" | "content_too_large" | "unsupported_media_type" | "idempotency_key_reused" | "precondition_required" | "rate_limited" | "header_fields_too_large" | "internal_error" | "service_unavailable";
        /**
         * @description What is left of the limits (draft-ietf-httpapi-ratelimit-headers; a structured-field list, RFC 9651): the policy's name, `r` the requests that remain in the current window, `t` the seconds until it ends. The policy `user` counts the requests of a user; `address` counts the failed authentications of a client address.
         * @example "user";r=99;t=57
         */
        RateLimit: string;
        /**
         * @description The limits that hold (draft-ietf-httpapi-ratelimit-headers; a structured-field list, RFC 9651): the policy's name, `q` the requests allowed in a window, `w` the length of the window in seconds.
         * @example "user";q=100;w=60
         */
        RateLimitPolicy: string;
        /** @description Every writable property of a task. All are required, so that nothing is wiped by leaving it out. Unknown properties are refused. */
        ReplaceTask: {
            title: components["schemas"]["Title"];
            description: components["schemas"]["Description"];
            /**
             * @description Whether the task is done.
             * @example true
             */
            completed: boolean;
        };
        /**
         * @description The id of one request, as it also appears in the server's log: 1 to 128 letters, digits, dots, underscores and hyphens.
         * @example 019bc0f2-a5e8-7d51-8a3c-2b9f4e6d7c10
         */
        RequestId: string;
        /**
         * Format: int64
         * @description The value of the owner's write counter at the last write to this task. It grows with every write by the owner, so of two representations of one task the higher revision is the newer. The task's `ETag` is this number in quotes.
         * @example 42
         */
        Revision: number;
        /** @description The service is well. Anything else is answered as a problem. */
        ServiceStatus: {
            /**
             * @description Always `ok`.
             * @constant
             */
            status: "ok";
        };
        /** @description Something the server needs is away or overloaded. */
        ServiceUnavailableProblem: components["schemas"]["Problem"] & {
            /**
             * @description The HTTP status of this response.
             * @constant
             */
            status: 503;
            /**
             * @description What went wrong, for programs to decide by.
             * @constant
             */
            code: "service_unavailable";
        };
        /** @description Whether a task is done. Unknown properties are refused. */
        SetTaskCompletion: {
            /**
             * @description `true` completes the task, `false` reopens it.
             * @example true
             */
            completed: boolean;
        };
        /**
         * @description The order of a list: a property, preceded by `-` for descending. Titles are compared code point by code point (not by the rules of a language); equal values are ordered by `id` in the same direction.
         * @default -created_at
         * @example -created_at
         * @enum {string}
         */
        Sort: "-created_at" | "created_at" | "-updated_at" | "updated_at" | "title" | "-title";
        /** @description A task, as the server answers it. Every property is always present. */
        Task: {
            id: components["schemas"]["TaskId"];
            user_id: components["schemas"]["UserId"];
            title: components["schemas"]["Title"];
            description: components["schemas"]["Description"];
            /**
             * @description Whether the task is done.
             * @example false
             */
            completed: boolean;
            /** @description When the task was created. Never changes. */
            created_at: components["schemas"]["Timestamp"];
            /** @description When the task was last written. */
            updated_at: components["schemas"]["Timestamp"];
            /** @description When the task was completed, `null` while it is not. Completing a task that is already completed keeps the first moment; reopening it clears it. */
            completed_at: components["schemas"]["Timestamp"] | null;
            revision: components["schemas"]["Revision"];
        };
        /** @description How many tasks the user has. */
        TaskCounts: {
            /**
             * Format: int64
             * @description All tasks; the sum of the other two.
             * @example 2
             */
            total: number;
            /**
             * Format: int64
             * @description The tasks that are done.
             * @example 1
             */
            completed: number;
            /**
             * Format: int64
             * @description The tasks that are not done.
             * @example 1
             */
            open: number;
        };
        /**
         * Format: uuid
         * @description The identifier of a task: a UUID (RFC 9562, version 7) chosen by the server. Letters are accepted in either case and always answered in lower case.
         * @example 019bc0fd-89c0-7c3e-9f41-6f0c2d8e5a17
         */
        TaskId: string;
        /** @description The user has no task with this id. */
        TaskNotFoundProblem: components["schemas"]["Problem"] & {
            /**
             * @description The HTTP status of this response.
             * @constant
             */
            status: 404;
            /**
             * @description What went wrong, for programs to decide by.
             * @constant
             */
            code: "task_not_found";
        };
        /** @description One page of tasks and the way to the next. */
        TaskPage: {
            /** @description The tasks of this page in the requested order; empty when there are none. */
            items: components["schemas"]["Task"][];
            /** @description The `cursor` of the next page, to be sent with the same `sort` and `completed`; `null` on the last page. */
            next_cursor: components["schemas"]["Cursor"] | null;
        };
        /**
         * Format: date-time
         * @description A moment in UTC with milliseconds (RFC 3339), always written in this one form.
         * @example 2026-01-15T09:30:00.000Z
         */
        Timestamp: string;
        /**
         * @description What is to be done, in 1 to 255 Unicode code points, stored exactly as sent: nothing is trimmed or normalised. At least one character must not be blank, where blank means any character with the Unicode property White_Space (spaces, tabs, line breaks) or U+FEFF (byte order mark). U+0000 is not allowed.
         * @example Buy milk
         */
        Title: string;
        /** @description The rate limit is used up. */
        TooManyRequestsProblem: components["schemas"]["Problem"] & {
            /**
             * @description The HTTP status of this response.
             * @constant
             */
            status: 429;
            /**
             * @description What went wrong, for programs to decide by.
             * @constant
             */
            code: "rate_limited";
        };
        /** @description There is no bearer token, or it is not valid here. */
        UnauthorizedProblem: components["schemas"]["Problem"] & {
            /**
             * @description The HTTP status of this response.
             * @constant
             */
            status: 401;
            /**
             * @description What went wrong, for programs to decide by.
             * @enum {string}
             */
            code: "authentication_required" | "invalid_token";
        };
        /** @description The body has another media type than the operation takes. */
        UnsupportedMediaTypeProblem: components["schemas"]["Problem"] & {
            /**
             * @description The HTTP status of this response.
             * @constant
             */
            status: 415;
            /**
             * @description What went wrong, for programs to decide by.
             * @constant
             */
            code: "unsupported_media_type";
        };
        /** @description A JSON Merge Patch (RFC 7396): properties that are present replace the task's, properties that are absent stay as they are. `null` clears the description; `title` and `completed` cannot be removed. Unknown properties and an empty patch are refused. */
        UpdateTask: {
            title?: components["schemas"]["Title"];
            description?: components["schemas"]["Description"];
            /**
             * @description Whether the task is done.
             * @example true
             */
            completed?: boolean;
        };
        /** @description A user, as the server answers it. Every property is always present. */
        User: {
            user_id: components["schemas"]["UserId"];
            /** @description When the user first wrote anything; `null` before that. */
            created_at: components["schemas"]["Timestamp"] | null;
            /**
             * Format: int64
             * @description The user's write counter: every write by the user increments it. 0 before the first write. The user's `ETag` is this number in quotes.
             * @example 44
             */
            revision: number;
            tasks: components["schemas"]["TaskCounts"];
        };
        /** @description Everything that a user owns, at one moment. */
        UserExport: {
            user: components["schemas"]["User"];
            /** @description All tasks of the user; as many as `tasks.total` of the user says. The oldest comes first. */
            tasks: components["schemas"]["Task"][];
        };
        /**
         * @description Everything that a user owns, at one moment, as newline-delimited JSON: each line is one JSON object and ends with a line feed (U+000A). The first is the user (schema User), each further line is a task (schema Task), the oldest first. As many tasks follow as `tasks.total` of the user says: fewer lines mean that the transfer was cut short.
         * @example {"user_id":"alice","created_at":null,"revision":0,"tasks":{"total":0,"completed":0,"open":0}}
         */
        UserExportLines: string;
        /**
         * @description The subject (`sub`) of the owner's token, exactly as the identity provider issued it: opaque, case-sensitive, without control characters. Percent-encode it in a path.
         * @example alice
         */
        UserId: string;
    };
    responses: {
        /** @description The body is longer than 131,072 bytes, as it is sent or decompressed. */
        ContentTooLarge: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                /**
                 * @description What is left of the rate limit after this request. Absent where limits are switched off.
                 * @example "user";r=99;t=57
                 */
                RateLimit?: components["schemas"]["RateLimit"];
                /**
                 * @description The rate limit that `RateLimit` speaks of; absent when that is.
                 * @example "user";q=100;w=60
                 */
                "RateLimit-Policy"?: components["schemas"]["RateLimitPolicy"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["ContentTooLargeProblem"];
            };
        };
        /** @description The representation that the client has is still current. */
        ExportNotModified: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                ETag: components["headers"]["ExportETag"];
                /**
                 * @description What is left of the rate limit after this request. Absent where limits are switched off.
                 * @example "user";r=99;t=57
                 */
                RateLimit?: components["schemas"]["RateLimit"];
                /**
                 * @description The rate limit that `RateLimit` speaks of; absent when that is.
                 * @example "user";q=100;w=60
                 */
                "RateLimit-Policy"?: components["schemas"]["RateLimitPolicy"];
                [name: string]: unknown;
            };
            content?: never;
        };
        /** @description The user in the path is not the token's subject, whether or not such a user exists. */
        Forbidden: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                /**
                 * @description What is left of the rate limit after this request. Absent where limits are switched off.
                 * @example "user";r=99;t=57
                 */
                RateLimit?: components["schemas"]["RateLimit"];
                /**
                 * @description The rate limit that `RateLimit` speaks of; absent when that is.
                 * @example "user";q=100;w=60
                 */
                "RateLimit-Policy"?: components["schemas"]["RateLimitPolicy"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["ForbiddenProblem"];
            };
        };
        /** @description A request with this idempotency key is still running. Nothing was written by this one. */
        IdempotencyKeyInUse: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "Retry-After": components["headers"]["RetryAfter"];
                /**
                 * @description What is left of the rate limit after this request. Absent where limits are switched off.
                 * @example "user";r=99;t=57
                 */
                RateLimit?: components["schemas"]["RateLimit"];
                /**
                 * @description The rate limit that `RateLimit` speaks of; absent when that is.
                 * @example "user";q=100;w=60
                 */
                "RateLimit-Policy"?: components["schemas"]["RateLimitPolicy"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["IdempotencyKeyInUseProblem"];
            };
        };
        /** @description The idempotency key was used in the last 24 hours for a request with another body. Nothing was written. */
        IdempotencyKeyReused: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                /**
                 * @description What is left of the rate limit after this request. Absent where limits are switched off.
                 * @example "user";r=99;t=57
                 */
                RateLimit?: components["schemas"]["RateLimit"];
                /**
                 * @description The rate limit that `RateLimit` speaks of; absent when that is.
                 * @example "user";q=100;w=60
                 */
                "RateLimit-Policy"?: components["schemas"]["RateLimitPolicy"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["IdempotencyKeyReusedProblem"];
            };
        };
        /** @description The server failed. Nothing about the cause is told; quote the request id. */
        InternalError: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                /**
                 * @description What is left of the rate limit after this request. Absent where limits are switched off.
                 * @example "user";r=99;t=57
                 */
                RateLimit?: components["schemas"]["RateLimit"];
                /**
                 * @description The rate limit that `RateLimit` speaks of; absent when that is.
                 * @example "user";q=100;w=60
                 */
                "RateLimit-Policy"?: components["schemas"]["RateLimitPolicy"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["InternalErrorProblem"];
            };
        };
        /** @description A parameter or header breaks this contract, or the cursor cannot be used here. */
        InvalidListRequest: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                /**
                 * @description What is left of the rate limit after this request. Absent where limits are switched off.
                 * @example "user";r=99;t=57
                 */
                RateLimit?: components["schemas"]["RateLimit"];
                /**
                 * @description The rate limit that `RateLimit` speaks of; absent when that is.
                 * @example "user";q=100;w=60
                 */
                "RateLimit-Policy"?: components["schemas"]["RateLimitPolicy"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["InvalidListRequestProblem"];
            };
        };
        /** @description A parameter or header breaks this contract. */
        InvalidRequest: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                /**
                 * @description What is left of the rate limit after this request. Absent where limits are switched off.
                 * @example "user";r=99;t=57
                 */
                RateLimit?: components["schemas"]["RateLimit"];
                /**
                 * @description The rate limit that `RateLimit` speaks of; absent when that is.
                 * @example "user";q=100;w=60
                 */
                "RateLimit-Policy"?: components["schemas"]["RateLimitPolicy"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["InvalidRequestProblem"];
            };
        };
        /** @description A parameter or the body breaks this contract, or the body is not JSON. */
        InvalidRequestBody: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                /**
                 * @description What is left of the rate limit after this request. Absent where limits are switched off.
                 * @example "user";r=99;t=57
                 */
                RateLimit?: components["schemas"]["RateLimit"];
                /**
                 * @description The rate limit that `RateLimit` speaks of; absent when that is.
                 * @example "user";q=100;w=60
                 */
                "RateLimit-Policy"?: components["schemas"]["RateLimitPolicy"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["InvalidRequestBodyProblem"];
            };
        };
        /** @description `Accept` allows neither JSON nor NDJSON. */
        NotAcceptable: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                /**
                 * @description What is left of the rate limit after this request. Absent where limits are switched off.
                 * @example "user";r=99;t=57
                 */
                RateLimit?: components["schemas"]["RateLimit"];
                /**
                 * @description The rate limit that `RateLimit` speaks of; absent when that is.
                 * @example "user";q=100;w=60
                 */
                "RateLimit-Policy"?: components["schemas"]["RateLimitPolicy"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["NotAcceptableProblem"];
            };
        };
        /** @description The representation that the client has is still current. */
        NotModified: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                ETag: components["headers"]["ETag"];
                /**
                 * @description What is left of the rate limit after this request. Absent where limits are switched off.
                 * @example "user";r=99;t=57
                 */
                RateLimit?: components["schemas"]["RateLimit"];
                /**
                 * @description The rate limit that `RateLimit` speaks of; absent when that is.
                 * @example "user";q=100;w=60
                 */
                "RateLimit-Policy"?: components["schemas"]["RateLimitPolicy"];
                [name: string]: unknown;
            };
            content?: never;
        };
        /** @description `If-Match` does not name the current representation. Nothing was written. `ETag` is the current one. */
        PreconditionFailed: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                ETag: components["headers"]["ETag"];
                /**
                 * @description What is left of the rate limit after this request. Absent where limits are switched off.
                 * @example "user";r=99;t=57
                 */
                RateLimit?: components["schemas"]["RateLimit"];
                /**
                 * @description The rate limit that `RateLimit` speaks of; absent when that is.
                 * @example "user";q=100;w=60
                 */
                "RateLimit-Policy"?: components["schemas"]["RateLimitPolicy"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["PreconditionFailedProblem"];
            };
        };
        /** @description The request has no `If-Match`. Nothing was written. Deleting a user always needs one; writing to a task needs one only where the server is configured to require it (`REQUIRE_IF_MATCH=on`). */
        PreconditionRequired: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                /**
                 * @description What is left of the rate limit after this request. Absent where limits are switched off.
                 * @example "user";r=99;t=57
                 */
                RateLimit?: components["schemas"]["RateLimit"];
                /**
                 * @description The rate limit that `RateLimit` speaks of; absent when that is.
                 * @example "user";q=100;w=60
                 */
                "RateLimit-Policy"?: components["schemas"]["RateLimitPolicy"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["PreconditionRequiredProblem"];
            };
        };
        /** @description The server failed. Nothing about the cause is told; quote the request id. */
        PublicInternalError: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["InternalErrorProblem"];
            };
        };
        /** @description A parameter or header breaks this contract. */
        PublicInvalidRequest: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["InvalidRequestProblem"];
            };
        };
        /** @description Something the server needs is away or overloaded. */
        PublicServiceUnavailable: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "Retry-After": components["headers"]["RetryAfter"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["ServiceUnavailableProblem"];
            };
        };
        /** @description Something the server needs is away or overloaded. */
        ServiceUnavailable: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "Retry-After": components["headers"]["RetryAfter"];
                /**
                 * @description What is left of the rate limit after this request. Absent where limits are switched off.
                 * @example "user";r=99;t=57
                 */
                RateLimit?: components["schemas"]["RateLimit"];
                /**
                 * @description The rate limit that `RateLimit` speaks of; absent when that is.
                 * @example "user";q=100;w=60
                 */
                "RateLimit-Policy"?: components["schemas"]["RateLimitPolicy"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["ServiceUnavailableProblem"];
            };
        };
        /** @description The user has no task with this id: it never existed, was deleted, or is somebody else's. */
        TaskNotFound: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                /**
                 * @description What is left of the rate limit after this request. Absent where limits are switched off.
                 * @example "user";r=99;t=57
                 */
                RateLimit?: components["schemas"]["RateLimit"];
                /**
                 * @description The rate limit that `RateLimit` speaks of; absent when that is.
                 * @example "user";q=100;w=60
                 */
                "RateLimit-Policy"?: components["schemas"]["RateLimitPolicy"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["TaskNotFoundProblem"];
            };
        };
        /** @description The rate limit of the user, or of the client address after failed authentications, is used up. Nothing was done. */
        TooManyRequests: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "Retry-After": components["headers"]["RetryAfter"];
                RateLimit: components["headers"]["RequiredRateLimit"];
                "RateLimit-Policy": components["headers"]["RequiredRateLimitPolicy"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["TooManyRequestsProblem"];
            };
        };
        /** @description There is no bearer token, or it is not valid here. */
        Unauthorized: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "WWW-Authenticate": components["headers"]["WwwAuthenticate"];
                /**
                 * @description What is left of the rate limit after this request. Absent where limits are switched off.
                 * @example "user";r=99;t=57
                 */
                RateLimit?: components["schemas"]["RateLimit"];
                /**
                 * @description The rate limit that `RateLimit` speaks of; absent when that is.
                 * @example "user";q=100;w=60
                 */
                "RateLimit-Policy"?: components["schemas"]["RateLimitPolicy"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["UnauthorizedProblem"];
            };
        };
        /** @description The body has another media type than the operation takes. */
        UnsupportedMediaType: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                Accept: components["headers"]["Accept"];
                /**
                 * @description What is left of the rate limit after this request. Absent where limits are switched off.
                 * @example "user";r=99;t=57
                 */
                RateLimit?: components["schemas"]["RateLimit"];
                /**
                 * @description The rate limit that `RateLimit` speaks of; absent when that is.
                 * @example "user";q=100;w=60
                 */
                "RateLimit-Policy"?: components["schemas"]["RateLimitPolicy"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["UnsupportedMediaTypeProblem"];
            };
        };
        /** @description The body has another media type than this PATCH operation takes. */
        UnsupportedPatchMediaType: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "Accept-Patch": components["headers"]["AcceptPatch"];
                /**
                 * @description What is left of the rate limit after this request. Absent where limits are switched off.
                 * @example "user";r=99;t=57
                 */
                RateLimit?: components["schemas"]["RateLimit"];
                /**
                 * @description The rate limit that `RateLimit` speaks of; absent when that is.
                 * @example "user";q=100;w=60
                 */
                "RateLimit-Policy"?: components["schemas"]["RateLimitPolicy"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["UnsupportedMediaTypeProblem"];
            };
        };
    };
    parameters: {
        /**
         * @description Only tasks that are done (`true`) or not done (`false`). Absent, all tasks.
         * @example false
         */
        Completed: boolean;
        /** @description Where to go on: the `next_cursor` of the page before, unchanged, with the same `sort` and `completed`. Absent: the first page. */
        Cursor: components["schemas"]["Cursor"];
        /**
         * @description Makes it safe to send this request again (draft-ietf-httpapi-idempotency-key-header): choose a new key, such as a random UUID, for each new task, and the same key for each further attempt. Keys belong to one user and one operation and are kept for 24 hours. A repeat with the same body is answered like the first request, byte for byte, with `Idempotency-Replayed: true`, and nothing is written; `X-Request-Id`, `Date` and the rate limit are those of the repeat. The same key with another body is 422; white space and the order of properties do not count. While the first request is still running a repeat waits briefly, then it is 409 with `Retry-After`. Only what was written is kept: a request that was refused leaves its key unused.
         * @example "8e03978e-40d5-43dd-bc93-6894a57f9324"
         */
        IdempotencyKey: components["schemas"]["IdempotencyKey"];
        /**
         * @description The `ETag` of the representation that this change was made from (RFC 9110, section 13.1.1); a list of them, or `*` for whatever is there. When none of them is current nothing is written and the answer is 412 with the current `ETag`. Strong comparison is used, so a weak entity-tag never matches. Without the header the last write wins, unless the server is configured to require it (`REQUIRE_IF_MATCH=on`): then its absence is 428.
         * @example "42"
         */
        IfMatch: components["schemas"]["EntityTags"];
        /**
         * @description Entity-tags of representations that the client already has, or `*` (RFC 9110, section 13.1.2). When one of them is current the answer is 304 without a body. Weak comparison is used.
         * @example "41"
         */
        IfNoneMatch: components["schemas"]["EntityTags"];
        /**
         * @description The most tasks on a page. It may change from one page to the next.
         * @example 20
         */
        Limit: number;
        /**
         * @description Needed: without it nothing is erased and the answer is 428 (and not 400, which is why it is not marked as required here). It holds the `ETag` of the user as last read (RFC 9110, section 13.1.1), a list of them, or `*` for whatever is there. When none of them is current nothing is erased and the answer is 412 with the current `ETag`. Strong comparison is used, so a weak entity-tag never matches.
         * @example "44"
         */
        RequiredIfMatch: components["schemas"]["EntityTags"];
        /**
         * @description The order of the tasks.
         * @example -created_at
         */
        Sort: components["schemas"]["Sort"];
        /**
         * @description The task.
         * @example 019bc0fd-89c0-7c3e-9f41-6f0c2d8e5a17
         */
        TaskId: components["schemas"]["TaskId"];
        /**
         * @description The user whose data this is. It must be the subject of the token, otherwise the answer is 403.
         * @example alice
         */
        UserId: components["schemas"]["UserId"];
    };
    requestBodies: never;
    headers: {
        /**
         * @description The media type that the operation takes (RFC 9110, section 12.5.1).
         * @example application/json
         */
        Accept: "application/json";
        /** @description The media type that this PATCH operation takes (RFC 5789, section 3.1). */
        AcceptPatch: "application/merge-patch+json" | "application/json";
        /** @description Makes a browser save the export as a file (RFC 6266) instead of showing it. */
        ContentDisposition: "attachment; filename=\"tasks.json\"" | "attachment; filename=\"tasks.ndjson\"";
        /**
         * @description The strong validator of this representation (RFC 9110, section 8.8.3): a revision in quotes. For a task it is the task's `revision`; for a list and for the user it is the user's write counter, `"0"` before the first write.
         * @example "42"
         */
        ETag: string;
        /** @description The strong validator of this representation (RFC 9110, section 8.8.3): the user's write counter in quotes, `"0"` before the first write, followed by `-ndjson` when the export is NDJSON, because the two formats are different bytes. */
        ExportETag: string;
        /**
         * @description Present when this is the kept answer of an earlier request with the same `Idempotency-Key`; nothing was written this time.
         * @example true
         */
        IdempotencyReplayed: "true";
        /**
         * @description The next page (RFC 8288), with the relation `next` and the same filters, order and limit; absent on the last page.
         * @example </api/alice/tasks?limit=2&cursor=eyJzIjoiLWNyZWF0ZWRfYXQiLCJrIjoiMjAyNi0wMS0xNVQwOTozMDowMC4wMDBaIn0>; rel="next"
         */
        Link: string;
        /**
         * @description The path of the new task (RFC 9110, section 10.2.2), relative to the server.
         * @example /api/alice/tasks/019bc0fd-89c0-7c3e-9f41-6f0c2d8e5a17
         */
        Location: string;
        /**
         * @description What is left of the rate limit after this request. Absent where limits are switched off.
         * @example "user";r=99;t=57
         */
        RateLimit: components["schemas"]["RateLimit"];
        /**
         * @description The rate limit that `RateLimit` speaks of; absent when that is.
         * @example "user";q=100;w=60
         */
        RateLimitPolicy: components["schemas"]["RateLimitPolicy"];
        /**
         * @description The id of this request, to be quoted when something goes wrong; it is in the server's log and in every problem document. An `X-Request-Id` of the request is taken over if it has this form, otherwise the server makes one.
         * @example 019bc0f2-a5e8-7d51-8a3c-2b9f4e6d7c10
         */
        RequestId: components["schemas"]["RequestId"];
        /** @description The limit that is used up (`r=0`), and the seconds until its window ends. */
        RequiredRateLimit: components["schemas"]["RateLimit"];
        /** @description The rate limit that is used up. */
        RequiredRateLimitPolicy: components["schemas"]["RateLimitPolicy"];
        /**
         * @description How long to wait before the next attempt (RFC 9110, section 10.2.3), in seconds.
         * @example 5
         */
        RetryAfter: number;
        /** @description The challenge (RFC 6750, section 3). Without a token it names only the realm; with a bad one it also says `error="invalid_token"` and why. */
        WwwAuthenticate: string;
    };
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    getUser: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Entity-tags of representations that the client already has, or `*` (RFC 9110, section 13.1.2). When one of them is current the answer is 304 without a body. Weak comparison is used.
                 * @example "41"
                 */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path: {
                /**
                 * @description The user whose data this is. It must be the subject of the token, otherwise the answer is 403.
                 * @example alice
                 */
                user_id: components["parameters"]["UserId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The user. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    ETag: components["headers"]["ETag"];
                    /**
                     * @description What is left of the rate limit after this request. Absent where limits are switched off.
                     * @example "user";r=99;t=57
                     */
                    RateLimit?: components["schemas"]["RateLimit"];
                    /**
                     * @description The rate limit that `RateLimit` speaks of; absent when that is.
                     * @example "user";q=100;w=60
                     */
                    "RateLimit-Policy"?: components["schemas"]["RateLimitPolicy"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            304: components["responses"]["NotModified"];
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    deleteUser: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Needed: without it nothing is erased and the answer is 428 (and not 400, which is why it is not marked as required here). It holds the `ETag` of the user as last read (RFC 9110, section 13.1.1), a list of them, or `*` for whatever is there. When none of them is current nothing is erased and the answer is 412 with the current `ETag`. Strong comparison is used, so a weak entity-tag never matches.
                 * @example "44"
                 */
                "If-Match"?: components["parameters"]["RequiredIfMatch"];
            };
            path: {
                /**
                 * @description The user whose data this is. It must be the subject of the token, otherwise the answer is 403.
                 * @example alice
                 */
                user_id: components["parameters"]["UserId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Everything was erased. */
            204: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    /**
                     * @description What is left of the rate limit after this request. Absent where limits are switched off.
                     * @example "user";r=99;t=57
                     */
                    RateLimit?: components["schemas"]["RateLimit"];
                    /**
                     * @description The rate limit that `RateLimit` speaks of; absent when that is.
                     * @example "user";q=100;w=60
                     */
                    "RateLimit-Policy"?: components["schemas"]["RateLimitPolicy"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            412: components["responses"]["PreconditionFailed"];
            428: components["responses"]["PreconditionRequired"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    exportUser: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Entity-tags of representations that the client already has, or `*` (RFC 9110, section 13.1.2). When one of them is current the answer is 304 without a body. Weak comparison is used.
                 * @example "41"
                 */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path: {
                /**
                 * @description The user whose data this is. It must be the subject of the token, otherwise the answer is 403.
                 * @example alice
                 */
                user_id: components["parameters"]["UserId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The export, in the format that `Accept` chose. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    ETag: components["headers"]["ExportETag"];
                    "Content-Disposition": components["headers"]["ContentDisposition"];
                    /**
                     * @description What is left of the rate limit after this request. Absent where limits are switched off.
                     * @example "user";r=99;t=57
                     */
                    RateLimit?: components["schemas"]["RateLimit"];
                    /**
                     * @description The rate limit that `RateLimit` speaks of; absent when that is.
                     * @example "user";q=100;w=60
                     */
                    "RateLimit-Policy"?: components["schemas"]["RateLimitPolicy"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserExport"];
                    "application/x-ndjson": components["schemas"]["UserExportLines"];
                };
            };
            304: components["responses"]["ExportNotModified"];
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            406: components["responses"]["NotAcceptable"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    listTasks: {
        parameters: {
            query?: {
                /**
                 * @description The most tasks on a page. It may change from one page to the next.
                 * @example 20
                 */
                limit?: components["parameters"]["Limit"];
                /** @description Where to go on: the `next_cursor` of the page before, unchanged, with the same `sort` and `completed`. Absent: the first page. */
                cursor?: components["parameters"]["Cursor"];
                /**
                 * @description Only tasks that are done (`true`) or not done (`false`). Absent, all tasks.
                 * @example false
                 */
                completed?: components["parameters"]["Completed"];
                /**
                 * @description The order of the tasks.
                 * @example -created_at
                 */
                sort?: components["parameters"]["Sort"];
            };
            header?: {
                /**
                 * @description Entity-tags of representations that the client already has, or `*` (RFC 9110, section 13.1.2). When one of them is current the answer is 304 without a body. Weak comparison is used.
                 * @example "41"
                 */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path: {
                /**
                 * @description The user whose data this is. It must be the subject of the token, otherwise the answer is 403.
                 * @example alice
                 */
                user_id: components["parameters"]["UserId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of tasks. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    ETag: components["headers"]["ETag"];
                    /**
                     * @description The next page (RFC 8288), with the relation `next` and the same filters, order and limit; absent on the last page.
                     * @example </api/alice/tasks?limit=2&cursor=eyJzIjoiLWNyZWF0ZWRfYXQiLCJrIjoiMjAyNi0wMS0xNVQwOTozMDowMC4wMDBaIn0>; rel="next"
                     */
                    Link?: string;
                    /**
                     * @description What is left of the rate limit after this request. Absent where limits are switched off.
                     * @example "user";r=99;t=57
                     */
                    RateLimit?: components["schemas"]["RateLimit"];
                    /**
                     * @description The rate limit that `RateLimit` speaks of; absent when that is.
                     * @example "user";q=100;w=60
                     */
                    "RateLimit-Policy"?: components["schemas"]["RateLimitPolicy"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TaskPage"];
                };
            };
            304: components["responses"]["NotModified"];
            400: components["responses"]["InvalidListRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    createTask: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Makes it safe to send this request again (draft-ietf-httpapi-idempotency-key-header): choose a new key, such as a random UUID, for each new task, and the same key for each further attempt. Keys belong to one user and one operation and are kept for 24 hours. A repeat with the same body is answered like the first request, byte for byte, with `Idempotency-Replayed: true`, and nothing is written; `X-Request-Id`, `Date` and the rate limit are those of the repeat. The same key with another body is 422; white space and the order of properties do not count. While the first request is still running a repeat waits briefly, then it is 409 with `Retry-After`. Only what was written is kept: a request that was refused leaves its key unused.
                 * @example "8e03978e-40d5-43dd-bc93-6894a57f9324"
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                /**
                 * @description The user whose data this is. It must be the subject of the token, otherwise the answer is 403.
                 * @example alice
                 */
                user_id: components["parameters"]["UserId"];
            };
            cookie?: never;
        };
        /** @description The new task. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateTask"];
            };
        };
        responses: {
            /** @description The task was created. */
            201: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    ETag: components["headers"]["ETag"];
                    Location: components["headers"]["Location"];
                    /**
                     * @description Present when this is the kept answer of an earlier request with the same `Idempotency-Key`; nothing was written this time.
                     * @example true
                     */
                    "Idempotency-Replayed"?: "true";
                    /**
                     * @description What is left of the rate limit after this request. Absent where limits are switched off.
                     * @example "user";r=99;t=57
                     */
                    RateLimit?: components["schemas"]["RateLimit"];
                    /**
                     * @description The rate limit that `RateLimit` speaks of; absent when that is.
                     * @example "user";q=100;w=60
                     */
                    "RateLimit-Policy"?: components["schemas"]["RateLimitPolicy"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Task"];
                };
            };
            400: components["responses"]["InvalidRequestBody"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["IdempotencyKeyInUse"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    getTask: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Entity-tags of representations that the client already has, or `*` (RFC 9110, section 13.1.2). When one of them is current the answer is 304 without a body. Weak comparison is used.
                 * @example "41"
                 */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path: {
                /**
                 * @description The user whose data this is. It must be the subject of the token, otherwise the answer is 403.
                 * @example alice
                 */
                user_id: components["parameters"]["UserId"];
                /**
                 * @description The task.
                 * @example 019bc0fd-89c0-7c3e-9f41-6f0c2d8e5a17
                 */
                id: components["parameters"]["TaskId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The task. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    ETag: components["headers"]["ETag"];
                    /**
                     * @description What is left of the rate limit after this request. Absent where limits are switched off.
                     * @example "user";r=99;t=57
                     */
                    RateLimit?: components["schemas"]["RateLimit"];
                    /**
                     * @description The rate limit that `RateLimit` speaks of; absent when that is.
                     * @example "user";q=100;w=60
                     */
                    "RateLimit-Policy"?: components["schemas"]["RateLimitPolicy"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Task"];
                };
            };
            304: components["responses"]["NotModified"];
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["TaskNotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    replaceTask: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The `ETag` of the representation that this change was made from (RFC 9110, section 13.1.1); a list of them, or `*` for whatever is there. When none of them is current nothing is written and the answer is 412 with the current `ETag`. Strong comparison is used, so a weak entity-tag never matches. Without the header the last write wins, unless the server is configured to require it (`REQUIRE_IF_MATCH=on`): then its absence is 428.
                 * @example "42"
                 */
                "If-Match"?: components["parameters"]["IfMatch"];
            };
            path: {
                /**
                 * @description The user whose data this is. It must be the subject of the token, otherwise the answer is 403.
                 * @example alice
                 */
                user_id: components["parameters"]["UserId"];
                /**
                 * @description The task.
                 * @example 019bc0fd-89c0-7c3e-9f41-6f0c2d8e5a17
                 */
                id: components["parameters"]["TaskId"];
            };
            cookie?: never;
        };
        /** @description Every writable property. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReplaceTask"];
            };
        };
        responses: {
            /** @description The task as it is now. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    ETag: components["headers"]["ETag"];
                    /**
                     * @description What is left of the rate limit after this request. Absent where limits are switched off.
                     * @example "user";r=99;t=57
                     */
                    RateLimit?: components["schemas"]["RateLimit"];
                    /**
                     * @description The rate limit that `RateLimit` speaks of; absent when that is.
                     * @example "user";q=100;w=60
                     */
                    "RateLimit-Policy"?: components["schemas"]["RateLimitPolicy"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Task"];
                };
            };
            400: components["responses"]["InvalidRequestBody"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["TaskNotFound"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            428: components["responses"]["PreconditionRequired"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    deleteTask: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The `ETag` of the representation that this change was made from (RFC 9110, section 13.1.1); a list of them, or `*` for whatever is there. When none of them is current nothing is written and the answer is 412 with the current `ETag`. Strong comparison is used, so a weak entity-tag never matches. Without the header the last write wins, unless the server is configured to require it (`REQUIRE_IF_MATCH=on`): then its absence is 428.
                 * @example "42"
                 */
                "If-Match"?: components["parameters"]["IfMatch"];
            };
            path: {
                /**
                 * @description The user whose data this is. It must be the subject of the token, otherwise the answer is 403.
                 * @example alice
                 */
                user_id: components["parameters"]["UserId"];
                /**
                 * @description The task.
                 * @example 019bc0fd-89c0-7c3e-9f41-6f0c2d8e5a17
                 */
                id: components["parameters"]["TaskId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The task was deleted. */
            204: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    /**
                     * @description What is left of the rate limit after this request. Absent where limits are switched off.
                     * @example "user";r=99;t=57
                     */
                    RateLimit?: components["schemas"]["RateLimit"];
                    /**
                     * @description The rate limit that `RateLimit` speaks of; absent when that is.
                     * @example "user";q=100;w=60
                     */
                    "RateLimit-Policy"?: components["schemas"]["RateLimitPolicy"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["TaskNotFound"];
            412: components["responses"]["PreconditionFailed"];
            428: components["responses"]["PreconditionRequired"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    updateTask: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The `ETag` of the representation that this change was made from (RFC 9110, section 13.1.1); a list of them, or `*` for whatever is there. When none of them is current nothing is written and the answer is 412 with the current `ETag`. Strong comparison is used, so a weak entity-tag never matches. Without the header the last write wins, unless the server is configured to require it (`REQUIRE_IF_MATCH=on`): then its absence is 428.
                 * @example "42"
                 */
                "If-Match"?: components["parameters"]["IfMatch"];
            };
            path: {
                /**
                 * @description The user whose data this is. It must be the subject of the token, otherwise the answer is 403.
                 * @example alice
                 */
                user_id: components["parameters"]["UserId"];
                /**
                 * @description The task.
                 * @example 019bc0fd-89c0-7c3e-9f41-6f0c2d8e5a17
                 */
                id: components["parameters"]["TaskId"];
            };
            cookie?: never;
        };
        /** @description The properties to change. */
        requestBody: {
            content: {
                "application/merge-patch+json": components["schemas"]["UpdateTask"];
            };
        };
        responses: {
            /** @description The task as it is now. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    ETag: components["headers"]["ETag"];
                    /**
                     * @description What is left of the rate limit after this request. Absent where limits are switched off.
                     * @example "user";r=99;t=57
                     */
                    RateLimit?: components["schemas"]["RateLimit"];
                    /**
                     * @description The rate limit that `RateLimit` speaks of; absent when that is.
                     * @example "user";q=100;w=60
                     */
                    "RateLimit-Policy"?: components["schemas"]["RateLimitPolicy"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Task"];
                };
            };
            400: components["responses"]["InvalidRequestBody"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["TaskNotFound"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedPatchMediaType"];
            428: components["responses"]["PreconditionRequired"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    setTaskCompletion: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The `ETag` of the representation that this change was made from (RFC 9110, section 13.1.1); a list of them, or `*` for whatever is there. When none of them is current nothing is written and the answer is 412 with the current `ETag`. Strong comparison is used, so a weak entity-tag never matches. Without the header the last write wins, unless the server is configured to require it (`REQUIRE_IF_MATCH=on`): then its absence is 428.
                 * @example "42"
                 */
                "If-Match"?: components["parameters"]["IfMatch"];
            };
            path: {
                /**
                 * @description The user whose data this is. It must be the subject of the token, otherwise the answer is 403.
                 * @example alice
                 */
                user_id: components["parameters"]["UserId"];
                /**
                 * @description The task.
                 * @example 019bc0fd-89c0-7c3e-9f41-6f0c2d8e5a17
                 */
                id: components["parameters"]["TaskId"];
            };
            cookie?: never;
        };
        /** @description Whether the task is done. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["SetTaskCompletion"];
            };
        };
        responses: {
            /** @description The task as it is now. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    ETag: components["headers"]["ETag"];
                    /**
                     * @description What is left of the rate limit after this request. Absent where limits are switched off.
                     * @example "user";r=99;t=57
                     */
                    RateLimit?: components["schemas"]["RateLimit"];
                    /**
                     * @description The rate limit that `RateLimit` speaks of; absent when that is.
                     * @example "user";q=100;w=60
                     */
                    "RateLimit-Policy"?: components["schemas"]["RateLimitPolicy"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Task"];
                };
            };
            400: components["responses"]["InvalidRequestBody"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["TaskNotFound"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedPatchMediaType"];
            428: components["responses"]["PreconditionRequired"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    getHealth: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The service and its database are well. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
            400: components["responses"]["PublicInvalidRequest"];
            500: components["responses"]["PublicInternalError"];
            503: components["responses"]["PublicServiceUnavailable"];
        };
    };
    getLiveness: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The process is alive. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ServiceStatus"];
                };
            };
            400: components["responses"]["PublicInvalidRequest"];
            500: components["responses"]["PublicInternalError"];
        };
    };
    getReadiness: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The service is ready. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ServiceStatus"];
                };
            };
            400: components["responses"]["PublicInvalidRequest"];
            500: components["responses"]["PublicInternalError"];
            503: components["responses"]["PublicServiceUnavailable"];
        };
    };
}
