"""What the agents of these tests do, whatever SDK carries them. `sdk` is `sdk_0x` or `sdk_1x`."""

import asyncio
import json
import os
import re

EFFECTS = os.environ["AGENT_EFFECTS"]
WORK_SECONDS = float(os.environ.get("AGENT_WORK_SECONDS", "4"))
BLOCK_SECONDS = float(os.environ.get("AGENT_BLOCK_SECONDS", "45"))


def note(what, behaviour, message_id=""):
    """One line for every effect: who counts them knows what was done twice."""
    with open(EFFECTS, "a", encoding="utf8") as log:
        log.write(json.dumps({"what": what, "behaviour": behaviour, "message": message_id}) + "\n")


def wish_of(text):
    """The behaviour and the case that somebody asks for, in words or in JSON."""
    found = re.search(r'"behaviour":\s*"([\w-]+)"', text)
    case = re.search(r'"case":\s*"([\w-]+)"', text)
    return (found.group(1) if found else "text"), (case.group(1) if case else "")


def make_executor(sdk):
    """An executor of the SDK that does as it is told."""

    class Executor(sdk.AgentExecutor):
        def __init__(self):
            self.stops = {}

        async def execute(self, context, queue):
            text, data = sdk.read(context.message)
            if context.current_task is not None:
                return await self.answer(context, queue, text)
            behaviour, case = wish_of(text + json.dumps(data))
            note("message", case or behaviour, context.message.message_id)
            if behaviour == "block":
                await asyncio.sleep(BLOCK_SECONDS)
                return await queue.enqueue_event(sdk.message("thought for long", context))
            task = sdk.task(context)
            await queue.enqueue_event(task)
            updater = sdk.TaskUpdater(queue, task.id, task.context_id)
            await self.work(behaviour, updater, text=text, data=data)

        async def work(self, behaviour, updater, text, data):
            say = lambda words: updater.new_agent_message([sdk.text(words)])
            match behaviour:
                case "text":
                    return await self.finish(updater, [sdk.text(f"heard {len(text)} characters")])
                case "data":
                    return await self.finish(updater, [sdk.data({"echo": data})])
                case "file":
                    return await self.finish(updater, [sdk.file(b"hello", "hello.txt", "text/plain")])
                case "chunks":
                    for index, words in enumerate(["one ", "two ", "three"]):
                        await updater.add_artifact([sdk.text(words)], artifact_id="story", append=index > 0, last_chunk=index == 2)
                        await asyncio.sleep(0.1)
                    return await updater.complete()
                case "slow":
                    await updater.start_work()
                    await asyncio.sleep(WORK_SECONDS)
                    return await self.finish(updater, [sdk.text("done at last")])
                case "say":
                    return await updater.complete(say("it is said"))
                case "mention":
                    await updater.start_work(say("it was mentioned"))
                    return await updater.complete()
                case "nothing":
                    return await updater.complete()
                case "ask":
                    return await updater.requires_input(say("which colour?"))
                case "auth":
                    return await updater.requires_auth(say("log in at https://login.test"))
                case "fail":
                    await updater.add_artifact([sdk.text("half")])
                    return await updater.failed(say("the work went wrong"))
                case "reject":
                    return await updater.reject(say("this is not for me"))
                case "long":
                    await updater.start_work()
                    stop = self.stops.setdefault(updater.task_id, asyncio.Event())
                    return await stop.wait()
            raise ValueError(behaviour)

        async def answer(self, context, queue, text):
            task = context.current_task
            updater = sdk.TaskUpdater(queue, task.id, task.context_id)
            note("answer", text)
            await self.finish(updater, [sdk.text(f"answered {text.strip()}")])

        async def finish(self, updater, parts):
            await updater.add_artifact(parts)
            await updater.complete()

        async def cancel(self, context, queue):
            task = context.current_task
            note("cancel", task.id)
            self.stops.setdefault(task.id, asyncio.Event()).set()
            await sdk.TaskUpdater(queue, task.id, task.context_id).cancel()

    return Executor()


# Each is an agent of its own: what its card offers, and what its skill takes.
AGENTS = {
    "push": {"streaming": True, "push": True, "modes": ["text/plain", "application/json"]},
    "poll": {"streaming": False, "push": False, "modes": ["text/plain"]},
    "stream": {"streaming": True, "push": False, "modes": ["text/plain", "application/json"]},
}


def serve(build, names):
    """Serves the agents side by side on a free port, and says on which."""
    import socket

    import uvicorn
    from starlette.applications import Starlette
    from starlette.routing import Mount

    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    # Who hears of the port may call at once, and waits until somebody takes the call.
    listener.listen(128)
    origin = f"http://127.0.0.1:{listener.getsockname()[1]}"
    app = Starlette(routes=[Mount(f"/{name}", app=build(name, f"{origin}/{name}/")) for name in names])
    print(json.dumps({"url": origin}), flush=True)
    uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listener])
