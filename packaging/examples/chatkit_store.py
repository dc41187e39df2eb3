"""A ChatKit store that bobbin keeps: for ChatKit's Python server.

    store = BobbinStore("http://127.0.0.1:8080", token="...")
    server = MyChatKitServer(store)
    ...
    await server.process(body, context_of(request.headers))

Needs the SDK and the standard library.  Without the SDK the HTTP half, Bobbin,
works all the same.
"""

import asyncio
import http.client
import json
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

try:
    from pydantic import TypeAdapter
    from chatkit.store import NotFoundError, Store
    from chatkit.types import Attachment, Page, ThreadItem, ThreadMetadata
except ImportError:
    Store = None

    class NotFoundError(Exception):
        """What is not there, or somebody else's."""


TIMEOUT = 10        # seconds
PAUSE = 0.2         # before the second try
AGAIN = (502, 503)

PREFIXES = {
    "thread": "thr", "message": "msg", "tool_call": "tc", "workflow": "wf",
    "task": "tsk", "attachment": "atc", "sdk_hidden_context": "shcx",
}


class BobbinError(Exception):
    """An answer that is neither a success nor 404; status is None if there
    was none."""

    def __init__(self, status, detail):
        super().__init__(detail)
        self.status = status
        self.detail = detail


class ConflictError(BobbinError):
    """An item of that id exists already."""


def context_of(headers):
    """The context of a request that nginx handed over: its owner is known
    from there and from nowhere else."""
    return {
        "owner": headers["x-bobbin-owner"],
        "run": headers.get("x-bobbin-run"),
        "thread_key": headers.get("x-bobbin-thread-key"),
        "authorization": headers.get("authorization"),
    }


def new_id(kind):
    return f"{PREFIXES.get(kind, kind)}_{uuid.uuid4().hex}"


class Bobbin:
    """The store over HTTP: documents as bytes."""

    def __init__(self, base_url, token=None):
        self.base = base_url.rstrip("/") + "/chatkit/store/"
        self.token = token

    def headers(self, context):
        if self.token is None:
            return {"Authorization": context["authorization"]}
        headers = {
            "Authorization": f"Bearer {self.token}",
            "X-Bobbin-On-Behalf-Of": context["owner"],
        }
        if context.get("run"):
            headers["X-Bobbin-Run"] = context["run"]
        return headers

    def call(self, method, path, context, body=None, query=None):
        """The answer's body.  path: its segments, not encoded."""
        url = self.base + "/".join(
            urllib.parse.quote(segment, safe="") for segment in path)
        if query:
            url += "?" + urllib.parse.urlencode(
                {k: v for k, v in query.items() if v is not None})
        headers = self.headers(context)
        if body is not None:
            headers["Content-Type"] = "application/json"
            if isinstance(body, str):
                body = body.encode()
        request = urllib.request.Request(
            url, data=body, headers=headers, method=method)
        try:
            return self.once(request)
        except BobbinError as error:
            if error.status is not None and error.status not in AGAIN:
                raise
        # Every call can be repeated.
        time.sleep(PAUSE)
        return self.once(request)

    def once(self, request):
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
                return answer.read()
        except urllib.error.HTTPError as error:
            with error:
                raise failure(error.code, error.read()) from None
        except (OSError, http.client.HTTPException) as error:
            raise BobbinError(None, f"bobbin: {error}") from error

    async def acall(self, *args, **kwargs):
        return await asyncio.to_thread(self.call, *args, **kwargs)


def failure(status, body):
    try:
        detail = json.loads(body)["detail"]
    except (ValueError, KeyError, TypeError):
        detail = f"HTTP status {status}"
    if status == 404:
        return NotFoundError(detail)
    if status == 409:
        return ConflictError(status, detail)
    return BobbinError(status, detail)


if Store is not None:
    ITEM = TypeAdapter(ThreadItem)
    ATTACHMENT = TypeAdapter(Attachment)
    THREAD_MEMBERS = set(ThreadMetadata.model_fields)

    class BobbinStore(Store[dict]):
        """The SDK's store.  context is what context_of() makes."""

        def __init__(self, base_url, token=None):
            self.bobbin = Bobbin(base_url, token)

        def generate_thread_id(self, context):
            return new_id("thread")

        def generate_item_id(self, item_type, thread, context):
            return new_id(item_type)

        def generate_attachment_id(self, mime_type, context):
            return new_id("attachment")

        async def load_thread(self, thread_id, context):
            return ThreadMetadata.model_validate_json(
                await self.bobbin.acall("GET", ["threads", thread_id],
                                        context))

        async def save_thread(self, thread, context):
            # A Thread has items besides; those are saved one by one.
            await self.bobbin.acall(
                "PUT", ["threads", thread.id], context,
                thread.model_dump_json(include=THREAD_MEMBERS))

        async def load_threads(self, limit, after, order, context):
            return Page[ThreadMetadata].model_validate_json(
                await self.bobbin.acall(
                    "GET", ["threads"], context,
                    query={"limit": limit, "after": after, "order": order}))

        async def delete_thread(self, thread_id, context):
            await self.bobbin.acall("DELETE", ["threads", thread_id], context)

        async def load_thread_items(self, thread_id, after, limit, order,
                                    context):
            return Page[ThreadItem].model_validate_json(
                await self.bobbin.acall(
                    "GET", ["threads", thread_id, "items"], context,
                    query={"limit": limit, "after": after, "order": order}))

        async def add_thread_item(self, thread_id, item, context):
            await self.bobbin.acall(
                "POST", ["threads", thread_id, "items"], context,
                ITEM.dump_json(item))

        async def save_item(self, thread_id, item, context):
            await self.bobbin.acall(
                "PUT", ["threads", thread_id, "items", item.id], context,
                ITEM.dump_json(item))

        async def load_item(self, thread_id, item_id, context):
            return ITEM.validate_json(
                await self.bobbin.acall(
                    "GET", ["threads", thread_id, "items", item_id], context))

        async def delete_thread_item(self, thread_id, item_id, context):
            await self.bobbin.acall(
                "DELETE", ["threads", thread_id, "items", item_id], context)

        async def save_attachment(self, attachment, context):
            await self.bobbin.acall(
                "PUT", ["attachments", attachment.id], context,
                ATTACHMENT.dump_json(attachment))

        async def load_attachment(self, attachment_id, context):
            return ATTACHMENT.validate_json(
                await self.bobbin.acall(
                    "GET", ["attachments", attachment_id], context))

        async def delete_attachment(self, attachment_id, context):
            await self.bobbin.acall(
                "DELETE", ["attachments", attachment_id], context)
