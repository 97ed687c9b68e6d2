"""What the fake models of frameworks answer: they read words and know nothing else."""

import asyncio

import behaviours


class ModelBroke(Exception):
    """What a model's provider may answer."""


async def answer_to(text):
    """The model's answer to a prompt, after as long as it takes to think."""
    behaviour, case = behaviours.wish_of(text)
    behaviours.note("message", case or behaviour)
    match behaviour:
        case "text":
            return f"heard {len(text)} characters"
        case "nothing":
            return ""
        case "slow":
            await asyncio.sleep(behaviours.WORK_SECONDS)
            return "done at last"
        case "block":
            await asyncio.sleep(behaviours.BLOCK_SECONDS)
            return "thought for long"
        case "long":
            try:
                await asyncio.sleep(600)
            except asyncio.CancelledError:
                behaviours.note("cancel", case)
                raise
            return "nobody waited"
        case "fail":
            raise ModelBroke("the work went wrong")
    raise ValueError(behaviour)


def serve(build):
    """Serves one agent, which is all that a framework's user writes."""
    import json
    import socket

    import uvicorn

    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    # Who hears of the port may call at once, and waits until somebody takes the call.
    listener.listen(128)
    port = listener.getsockname()[1]
    app = build(f"http://127.0.0.1:{port}/", port)
    print(json.dumps({"url": f"http://127.0.0.1:{port}"}), flush=True)
    uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listener])
