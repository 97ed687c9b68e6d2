"""A client on a2a-sdk 0.3."""

import asyncio
import uuid

import httpx
from a2a.client import A2ACardResolver, AuthInterceptor, ClientConfig, ClientFactory, CredentialService
from a2a.types import (
    DataPart,
    GetTaskPushNotificationConfigParams,
    Message,
    MessageSendConfiguration,
    Part,
    PushNotificationConfig,
    Role,
    TaskIdParams,
    TaskPushNotificationConfig,
    TaskQueryParams,
    TextPart,
)

import talk


class Token(CredentialService):
    """The one token, whatever scheme of the card it is for."""

    async def get_credentials(self, security_scheme_name, context):
        return talk.TOKEN


def message(wish):
    part = TextPart(text=wish["text"]) if "text" in wish else DataPart(data=wish["data"])
    return Message(
        message_id=str(uuid.uuid4()),
        role=Role.user,
        parts=[Part(root=part)],
        task_id=wish.get("task"),
        context_id=wish.get("context"),
        metadata={"skill": wish["skill"]} if "skill" in wish else None,
    )


def configuration(wish):
    said = {"blocking": not wish.get("immediately", False)}
    if "push" in wish:
        said["push_notification_config"] = PushNotificationConfig(**wish["push"])
    return MessageSendConfiguration(**said)


def plain(answer):
    return answer.model_dump(mode="json", by_alias=True, exclude_none=True)


def operations(card, blocking, streaming):
    def told(call):
        """An operation with one answer."""

        async def perform(wish):
            yield plain(await call(wish))

        return perform

    def streamed(call):
        async def perform(wish):
            async for task, update in call(wish):
                yield plain(task if update is None else update)

        return perform

    async def read_card(wish):
        return card

    return {
        "card": told(read_card),
        "extended card": told(lambda wish: streaming.get_card()),
        "send": streamed(lambda wish: blocking.send_message(message(wish), configuration=configuration(wish))),
        "stream": streamed(lambda wish: streaming.send_message(message(wish), configuration=configuration(wish))),
        "subscribe": streamed(lambda wish: streaming.resubscribe(TaskIdParams(id=wish["task"]))),
        "get": told(
            lambda wish: streaming.get_task(TaskQueryParams(id=wish["task"], history_length=wish.get("history")))
        ),
        "cancel": told(lambda wish: streaming.cancel_task(TaskIdParams(id=wish["task"]))),
        "set push": told(
            lambda wish: streaming.set_task_callback(
                TaskPushNotificationConfig(
                    task_id=wish["task"], push_notification_config=PushNotificationConfig(**wish["push"])
                )
            )
        ),
        "get push": told(
            lambda wish: streaming.get_task_callback(
                GetTaskPushNotificationConfigParams(id=wish["task"], push_notification_config_id=wish["config"])
            )
        ),
    }


async def main():
    async with httpx.AsyncClient() as http:
        card = await A2ACardResolver(http, talk.URL).get_agent_card()

        def client(streams):
            config = ClientConfig(streaming=streams, httpx_client=http)
            return ClientFactory(config).create(card, interceptors=[AuthInterceptor(Token())])

        await talk.serve(operations(card, client(False), client(True)))


asyncio.run(main())
