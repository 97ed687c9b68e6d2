"""The agents on a2a-sdk 0.2 and 0.3."""

import base64

import httpx
from a2a.server.agent_execution import AgentExecutor  # noqa: F401
from a2a.server.apps import A2AStarletteApplication
from a2a.server.request_handlers import DefaultRequestHandler
from a2a.server.tasks import (
    BasePushNotificationSender,
    InMemoryPushNotificationConfigStore,
    InMemoryTaskStore,
    TaskUpdater,  # noqa: F401
)
from a2a.types import AgentCard, DataPart, FilePart, FileWithBytes, Part, TextPart
from a2a.utils import new_agent_text_message, new_task

import behaviours


def read(message):
    parts = [part.root for part in message.parts]
    texts = [part.text for part in parts if isinstance(part, TextPart)]
    data = [part.data for part in parts if isinstance(part, DataPart)]
    return "\n".join(texts), (data[0] if data else {})


def task(context):
    return context.current_task or new_task(context.message)


def message(words, context):
    return new_agent_text_message(words, context.context_id, None)


def text(words):
    return Part(root=TextPart(text=words))


def data(value):
    return Part(root=DataPart(data=value))


def file(content, name, media_type):
    coded = base64.b64encode(content).decode()
    return Part(root=FilePart(file=FileWithBytes(bytes=coded, name=name, mime_type=media_type)))


def build(name, url):
    offers = behaviours.AGENTS[name]
    card = AgentCard.model_validate(
        {
            "name": name,
            "description": "Does as it is told.",
            "version": "1.0.0",
            "url": url,
            "capabilities": {"streaming": offers["streaming"], "pushNotifications": offers["push"]},
            "defaultInputModes": offers["modes"],
            "defaultOutputModes": ["text/plain", "application/json"],
            "skills": [{"id": "work", "name": "Work", "description": "Works.", "tags": []}],
        }
    )
    configs = InMemoryPushNotificationConfigStore()
    handler = DefaultRequestHandler(
        agent_executor=behaviours.make_executor(__import__("sys").modules[__name__]),
        task_store=InMemoryTaskStore(),
        push_config_store=configs,
        push_sender=BasePushNotificationSender(httpx.AsyncClient(), configs),
    )
    return A2AStarletteApplication(agent_card=card, http_handler=handler).build()


if __name__ == "__main__":
    behaviours.serve(build, behaviours.AGENTS)
