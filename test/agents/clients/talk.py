"""How the clients are told what to do, and say what came of it: one JSON object a line, either way."""

import asyncio
import json
import os
import sys

URL, TOKEN = os.environ["A2A_URL"], os.environ["A2A_TOKEN"]


def _tell(**said):
    print(json.dumps(said), flush=True)


async def _perform(operations, wish):
    wished = wish["id"]
    try:
        async for heard in operations[wish["do"]](wish):
            _tell(id=wished, heard=heard)
    except Exception as error:  # what the SDK throws is what the test is about
        code = getattr(getattr(error, "error", None), "code", None)
        name = type(error).__name__ if code is None else f"{type(error).__name__} {code}"
        _tell(id=wished, failed={"name": name, "message": str(error)})
    else:
        _tell(id=wished, done=True)


async def serve(operations):
    """Performs what is asked for, side by side, until there is no more."""
    _tell(ready=True)
    loop, under_way = asyncio.get_running_loop(), set()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        task = asyncio.create_task(_perform(operations, json.loads(line)))
        under_way.add(task)
        task.add_done_callback(under_way.discard)
