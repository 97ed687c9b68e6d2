"""The agents on a2a-sdk 1.x, over JSON-RPC and over HTTP+JSON."""

import sys

import httpx
from a2a.helpers.proto_helpers import (
    get_data_parts,
    get_text_parts,
    new_data_part,
    new_raw_part,
    new_task_from_user_message,
    new_text_message,
    new_text_part,
)
from a2a.server.agent_execution import AgentExecutor  # noqa: F401
from a2a.server.request_handlers import DefaultRequestHandler
from a2a.server.routes import create_agent_card_routes, create_jsonrpc_routes, create_rest_routes
from a2a.server.tasks import (
    BasePushNotificationSender,
    InMemoryPushNotificationConfigStore,
    InMemoryTaskStore,
    TaskUpdater,  # noqa: F401
)
from a2a.types import AgentCard
from google.protobuf.json_format import ParseDict
from starlette.applications import Starlette

import behaviours


def read(message):
    found = get_data_parts(message.parts)
    return "\n".join(get_text_parts(message.parts)), (found[0] if found else {})


def task(context):
    made = new_task_from_user_message(context.message)
    made.id, made.context_id = context.task_id, context.context_id
    return made


def message(words, context):
    return new_text_message(words, context_id=context.context_id)


def text(words):
    return new_text_part(words)


def data(value):
    return new_data_part(value)


def file(content, name, media_type):
    return new_raw_part(content, media_type, name)


def build(name, url):
    binding = "HTTP+JSON" if sys.argv[1:] == ["rest"] else "JSONRPC"
    offers = behaviours.AGENTS[name]
    card = ParseDict(
        {
            "name": name,
            "description": "Does as it is told.",
            "version": "1.0.0",
            "supportedInterfaces": [{"url": url, "protocolBinding": binding, "protocolVersion": "1.0"}],
            "capabilities": {"streaming": offers["streaming"], "pushNotifications": offers["push"]},
            "defaultInputModes": offers["modes"],
            "defaultOutputModes": ["text/plain", "application/json"],
            "skills": [{"id": "work", "name": "Work", "description": "Works.", "tags": ["test"]}],
        },
        AgentCard(),
    )
    configs = InMemoryPushNotificationConfigStore()
    handler = DefaultRequestHandler(
        agent_executor=behaviours.make_executor(sys.modules[__name__]),
        task_store=InMemoryTaskStore(),
        agent_card=card,
        push_config_store=configs,
        push_sender=BasePushNotificationSender(httpx.AsyncClient(), configs),
    )
    calls = create_rest_routes(handler) if binding == "HTTP+JSON" else create_jsonrpc_routes(handler, "/")
    return Starlette(routes=[*create_agent_card_routes(card), *calls])


if __name__ == "__main__":
    behaviours.serve(build, behaviours.AGENTS)
