"""A peer of the benchmark: FastAPI with SQLModel, psycopg2 and sync sessions, as its tutorial shows. Not for use."""

import base64
import json
import os
from datetime import datetime, timezone
from typing import Annotated

import jwt
import uuid
from fastapi import Depends, FastAPI, HTTPException, Query, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, ConfigDict, Field as Bounded, PlainSerializer
from sqlalchemy import BigInteger, Column, DateTime, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Field, Session, SQLModel, create_engine, select

pool_max = int(os.environ["DATABASE_POOL_MAX"])
engine = create_engine(
    os.environ["DATABASE_URL"].replace("postgres://", "postgresql+psycopg2://"),
    pool_size=pool_max,
    max_overflow=0,
)
secret = os.environ["JWT_SECRET"]
app = FastAPI()
bearer = HTTPBearer()


def moment():
    return Column(DateTime(timezone=True))


class User(SQLModel, table=True):
    __tablename__ = "users"
    user_id: str = Field(primary_key=True)
    revision: int = Field(sa_column=Column(BigInteger))


class Task(SQLModel, table=True):
    __tablename__ = "tasks"
    user_id: str = Field(primary_key=True, foreign_key="users.user_id")
    id: uuid.UUID = Field(primary_key=True)
    title: str
    description: str | None = None
    created_at: datetime = Field(sa_column=moment())
    updated_at: datetime = Field(sa_column=moment())
    completed_at: datetime | None = Field(default=None, sa_column=moment())
    revision: int = Field(sa_column=Column(BigInteger))

    @property
    def completed(self) -> bool:
        return self.completed_at is not None


def text_of(value: datetime) -> str:
    return value.astimezone(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


Timestamp = Annotated[datetime, PlainSerializer(text_of)]


class TaskOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    id: uuid.UUID
    user_id: str
    title: str
    description: str | None
    completed: bool
    created_at: Timestamp
    updated_at: Timestamp
    completed_at: Timestamp | None
    revision: int


class Page(BaseModel):
    items: list[TaskOut]
    next_cursor: str | None


class NewTask(BaseModel):
    model_config = ConfigDict(extra="forbid")
    title: Annotated[str, Bounded(min_length=1, max_length=255, pattern=r"\S")]
    description: Annotated[str, Bounded(max_length=10_000)] | None = None


class Completion(BaseModel):
    model_config = ConfigDict(extra="forbid")
    completed: bool


def get_session():
    with Session(engine) as session:
        yield session


def owner_of(
    user_id: str, credentials: Annotated[HTTPAuthorizationCredentials, Depends(bearer)]
) -> str:
    try:
        claims = jwt.decode(credentials.credentials, secret, algorithms=["HS256"])
    except jwt.InvalidTokenError as error:
        raise HTTPException(401) from error
    if claims["sub"] != user_id:
        raise HTTPException(403)
    return user_id


Database = Annotated[Session, Depends(get_session)]
Owner = Annotated[str, Depends(owner_of)]


def uuid7() -> uuid.UUID:
    milliseconds = int(datetime.now(timezone.utc).timestamp() * 1000)
    value = milliseconds << 80 | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    return uuid.UUID(int=value & ~(0x3 << 62) | 0x2 << 62)


def now() -> datetime:
    return datetime.now(timezone.utc)


@app.get("/livez")
def livez():
    return {"status": "ok"}


@app.get("/api/{user_id}/tasks/{id}", response_model=TaskOut)
def get_task(owner: Owner, id: uuid.UUID, session: Database, response: Response):
    task = session.get(Task, (owner, id))
    if task is None:
        raise HTTPException(404)
    response.headers["ETag"] = f'"{task.revision}"'
    return task


@app.get("/api/{user_id}/tasks", response_model=Page)
def list_tasks(
    owner: Owner,
    session: Database,
    response: Response,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: str | None = None,
):
    user = session.get(User, owner)
    query = select(Task).where(Task.user_id == owner)
    if cursor is not None:
        padded = cursor + "=" * (-len(cursor) % 4)
        _, _, created_at, after_id = json.loads(base64.urlsafe_b64decode(padded))
        position = (datetime.fromisoformat(created_at), uuid.UUID(after_id))
        query = query.where(tuple_(Task.created_at, Task.id) < position)
    query = query.order_by(Task.created_at.desc(), Task.id.desc()).limit(limit + 1)
    found = session.exec(query).all()
    items = found[:limit]
    next_cursor = None
    if len(found) > limit:
        position = ["-created_at", None, text_of(items[-1].created_at), str(items[-1].id)]
        encoded = json.dumps(position, separators=(",", ":")).encode()
        next_cursor = base64.urlsafe_b64encode(encoded).rstrip(b"=").decode()
    response.headers["ETag"] = f'"{user.revision if user else 0}"'
    return {"items": items, "next_cursor": next_cursor}


@app.post("/api/{user_id}/tasks", response_model=TaskOut, status_code=201)
def create_task(owner: Owner, body: NewTask, session: Database, response: Response):
    counted = insert(User).values(user_id=owner, revision=1)
    counted = counted.on_conflict_do_update(
        index_elements=[User.user_id], set_={"revision": User.revision + 1}
    ).returning(User.revision)
    revision = session.execute(counted).scalar_one()
    created = now()
    task = Task(
        id=uuid7(),
        user_id=owner,
        title=body.title,
        description=body.description,
        created_at=created,
        updated_at=created,
        revision=revision,
    )
    session.add(task)
    session.commit()
    session.refresh(task)
    response.headers["ETag"] = f'"{task.revision}"'
    response.headers["Location"] = f"/api/{owner}/tasks/{task.id}"
    return task


@app.patch("/api/{user_id}/tasks/{id}/complete", response_model=TaskOut)
def complete_task(
    owner: Owner, id: uuid.UUID, body: Completion, session: Database, response: Response
):
    locked = select(Task).where(Task.user_id == owner, Task.id == id).with_for_update()
    task = session.exec(locked).one_or_none()
    if task is None:
        raise HTTPException(404)
    counted = update(User).where(User.user_id == owner).values(revision=User.revision + 1)
    task.revision = session.execute(counted.returning(User.revision)).scalar_one()
    task.updated_at = now()
    if not body.completed:
        task.completed_at = None
    elif task.completed_at is None:
        task.completed_at = task.updated_at
    session.add(task)
    session.commit()
    session.refresh(task)
    response.headers["ETag"] = f'"{task.revision}"'
    return task
