"""What schemathesis.toml cannot say: loaded by Schemathesis because of its `hooks`."""

import atexit
import base64
import collections
import hashlib
import hmac
import itertools
import json
import os
import time

import schemathesis
from hypothesis import strategies
from schemathesis.core.parameters import ParameterLocation

OWNER = "owner"
ERASABLE = "erasable-"
SECRET = os.environ["FUZZ_JWT_SECRET"].encode()
numbers = itertools.count(1)
answers = collections.Counter()
examples = collections.defaultdict(set)


def sign(subject):
    """A token as `npm run token` prints one: HS256, issued now, valid for an hour."""

    def encode(data):
        return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

    now = int(time.time())
    claims = {"sub": subject, "iat": now, "exp": now + 3600}
    parts = [encode(json.dumps(part).encode()) for part in ({"alg": "HS256"}, claims)]
    signature = hmac.new(SECRET, ".".join(parts).encode(), hashlib.sha256).digest()
    return ".".join([*parts, encode(signature)])


@schemathesis.hook
def before_load_schema(context, raw_schema):
    """The coverage phase would write headers in letters and digits only, which no entity-tag is, and call them valid."""
    entity_tags = raw_schema["components"]["schemas"]["EntityTags"]
    entity_tags["format"] = "entity-tags"
    known = strategies.sampled_from(["*", '"1"', 'W/"1"', '"1", "2"'])
    for parameter in raw_schema["components"]["parameters"].values():
        examples[parameter["name"]].add(parameter.get("example"))
    schemathesis.openapi.format("entity-tags", known | strategies.from_regex(entity_tags["pattern"], fullmatch=True))


def stay_on_own_path(case):
    """Ownership is settled first, so what is fuzzed on other users' paths would all be 403, and look refused."""
    if "user_id" not in case.path_parameters or case.path_parameters["user_id"].startswith(ERASABLE):
        return
    is_invalid = case.meta is not None and case.meta.is_negative_at(ParameterLocation.PATH)
    if not is_invalid and next(numbers) % 20 != 0:
        case.path_parameters["user_id"] = OWNER


def bring_examples_to_life(case):
    """The contract's own examples are of a revision that is not current here, and of a key that is soon used up."""
    if case.headers.get("If-Match") in examples["If-Match"]:
        case.headers["If-Match"] = "*"
    if case.headers.get("Idempotency-Key") in examples["Idempotency-Key"]:
        case.headers["Idempotency-Key"] = f'"example-{next(numbers)}"'


def is_real(cursor):
    """Whether it can be one of the server's: those are JSON in base64url."""
    try:
        return isinstance(json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))), dict)
    except ValueError:
        return False


def drop_invented_cursor(case):
    """No schema tells the server's own cursors from invented ones, which are 400 although they are valid."""
    if case.meta and case.meta.generation.mode.is_positive and not is_real(str(case.query.get("cursor", ""))):
        case.query.pop("cursor", None)


def erase_somebody_else(case):
    """Each erasure hits a user of its own: it ends all older tokens, and the run would end with the owner's."""
    authorization = case.headers.get("Authorization", "")
    if case.path_parameters.get("user_id") == OWNER and authorization.startswith("Bearer ey"):
        subject = f"{ERASABLE}{os.getpid()}-{next(numbers)}"
        case.path_parameters["user_id"] = subject
        case.headers["Authorization"] = f"Bearer {sign(subject)}"


BEFORE = {"listTasks": drop_invented_cursor, "deleteUser": erase_somebody_else}


@schemathesis.hook
def before_call(context, case, kwargs):
    stay_on_own_path(case)
    bring_examples_to_life(case)
    prepare = BEFORE.get(case.operation.definition.raw.get("operationId"))
    if prepare:
        prepare(case)


@schemathesis.check
def foreign_path_is_forbidden(ctx, response, case):
    """The built-in check takes what a stranger can read and list, too, for shared on purpose."""
    user = case.path_parameters.get("user_id", OWNER)
    is_own = user == OWNER or user.startswith(ERASABLE)
    if not is_own and case.method != "OPTIONS" and response.status_code < 400:
        raise AssertionError("Another user's path was answered")


@schemathesis.deserializer("application/x-ndjson")
def lines(context, response):
    """The contract describes the lines as one text."""
    return response.content.decode()


@schemathesis.hook
def after_call(context, case, response):
    answers[f"{case.operation.definition.raw.get('operationId')} {response.status_code}"] += 1


@atexit.register
def report():
    """Tells the program that started us what was answered how often."""
    with open(os.environ["FUZZ_ANSWERS"], "w", encoding="utf-8") as file:
        json.dump(answers, file)
