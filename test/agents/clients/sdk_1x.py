"""A client on a2a-sdk 1.x, over JSON-RPC or HTTP+JSON."""

import asyncio
import sys
import uuid

import httpx
from a2a.client import A2ACardResolver, AuthInterceptor, ClientConfig, ClientFactory, CredentialService
from a2a.helpers.proto_helpers import new_data_part, new_text_part
from a2a.types import (
    CancelTaskRequest,
    DeleteTaskPushNotificationConfigRequest,
    GetExtendedAgentCardRequest,
    GetTaskPushNotificationConfigRequest,
    GetTaskRequest,
    ListTaskPushNotificationConfigsRequest,
    ListTasksRequest,
    Message,
    Role,
    SendMessageConfiguration,
    SendMessageRequest,
    SubscribeToTaskRequest,
    TaskPushNotificationConfig,
)
from google.protobuf.json_format import MessageToDict

import talk

BINDING = "HTTP+JSON" if sys.argv[1:] == ["rest"] else "JSONRPC"


class Token(CredentialService):
    """The one token, whatever scheme of the card it is for."""

    async def get_credentials(self, security_scheme_name, context):
        return talk.TOKEN


def message(wish):
    parts = [new_text_part(wish["text"])] if "text" in wish else [new_data_part(wish["data"])]
    made = Message(message_id=str(uuid.uuid4()), role=Role.ROLE_USER, parts=parts)
    made.task_id, made.context_id = wish.get("task", ""), wish.get("context", "")
    if "skill" in wish:
        made.metadata.update({"skill": wish["skill"]})
    return made


def request(wish):
    configuration = SendMessageConfiguration(return_immediately=wish.get("immediately", False))
    if "push" in wish:
        configuration.task_push_notification_config.CopyFrom(TaskPushNotificationConfig(**wish["push"]))
    return SendMessageRequest(message=message(wish), configuration=configuration)


def operations(card, blocking, streaming):
    def told(call):
        """An operation with one answer."""

        async def perform(wish):
            answer = await call(wish)
            yield {} if answer is None else MessageToDict(answer)

        return perform

    def streamed(call):
        async def perform(wish):
            async for event in call(wish):
                yield MessageToDict(event)

        return perform

    async def read_card(wish):
        return card

    return {
        "card": told(read_card),
        "extended card": told(lambda wish: streaming.get_extended_agent_card(GetExtendedAgentCardRequest())),
        "send": streamed(lambda wish: blocking.send_message(request(wish))),
        "stream": streamed(lambda wish: streaming.send_message(request(wish))),
        "subscribe": streamed(lambda wish: streaming.subscribe(SubscribeToTaskRequest(id=wish["task"]))),
        "get": told(
            lambda wish: streaming.get_task(GetTaskRequest(id=wish["task"], history_length=wish.get("history")))
        ),
        "list": told(lambda wish: streaming.list_tasks(ListTasksRequest(context_id=wish["context"]))),
        "cancel": told(lambda wish: streaming.cancel_task(CancelTaskRequest(id=wish["task"]))),
        "set push": told(
            lambda wish: streaming.create_task_push_notification_config(
                TaskPushNotificationConfig(task_id=wish["task"], **wish["push"])
            )
        ),
        "get push": told(
            lambda wish: streaming.get_task_push_notification_config(
                GetTaskPushNotificationConfigRequest(task_id=wish["task"], id=wish["config"])
            )
        ),
        "list push": told(
            lambda wish: streaming.list_task_push_notification_configs(
                ListTaskPushNotificationConfigsRequest(task_id=wish["task"])
            )
        ),
        "delete push": told(
            lambda wish: streaming.delete_task_push_notification_config(
                DeleteTaskPushNotificationConfigRequest(task_id=wish["task"], id=wish["config"])
            )
        ),
    }


async def main():
    async with httpx.AsyncClient() as http:
        card = await A2ACardResolver(http, talk.URL).get_agent_card()

        def client(streams):
            config = ClientConfig(streaming=streams, httpx_client=http, supported_protocol_bindings=[BINDING])
            return ClientFactory(config).create(card, [AuthInterceptor(Token())])

        await talk.serve(operations(card, client(False), client(True)))


asyncio.run(main())
