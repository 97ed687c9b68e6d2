"""A client on a2a-sdk 0.2."""

import asyncio
import uuid

import httpx
from a2a.client import A2ACardResolver, A2AClient, AuthInterceptor, CredentialService
from a2a.types import (
    CancelTaskRequest,
    DataPart,
    GetTaskPushNotificationConfigParams,
    GetTaskPushNotificationConfigRequest,
    GetTaskRequest,
    Message,
    MessageSendConfiguration,
    MessageSendParams,
    Part,
    PushNotificationConfig,
    Role,
    SendMessageRequest,
    SendStreamingMessageRequest,
    SetTaskPushNotificationConfigRequest,
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


class Refused(Exception):
    """An error that this SDK returns where others throw it."""

    def __init__(self, error):
        super().__init__(error.message)
        self.error = error


def params(wish):
    part = TextPart(text=wish["text"]) if "text" in wish else DataPart(data=wish["data"])
    message = Message(
        messageId=str(uuid.uuid4()),
        role=Role.user,
        parts=[Part(root=part)],
        taskId=wish.get("task"),
        contextId=wish.get("context"),
        metadata={"skill": wish["skill"]} if "skill" in wish else None,
    )
    said = {"acceptedOutputModes": ["text/plain", "application/json"], "blocking": not wish.get("immediately", False)}
    if "push" in wish:
        said["pushNotificationConfig"] = PushNotificationConfig(**wish["push"])
    return MessageSendParams(message=message, configuration=MessageSendConfiguration(**said))


def plain(response):
    answer = response.root
    if hasattr(answer, "error"):
        raise Refused(answer.error)
    return answer.result.model_dump(mode="json", by_alias=True, exclude_none=True)


def new_id():
    return str(uuid.uuid4())


def operations(card, client):
    def told(call):
        """An operation with one answer."""

        async def perform(wish):
            yield plain(await call(wish))

        return perform

    async def read_card(wish):
        yield card.model_dump(mode="json", by_alias=True, exclude_none=True)

    async def stream(wish):
        async for event in client.send_message_streaming(SendStreamingMessageRequest(id=new_id(), params=params(wish))):
            yield plain(event)

    return {
        "card": read_card,
        "send": told(lambda wish: client.send_message(SendMessageRequest(id=new_id(), params=params(wish)))),
        "stream": stream,
        "get": told(
            lambda wish: client.get_task(
                GetTaskRequest(id=new_id(), params=TaskQueryParams(id=wish["task"], historyLength=wish.get("history")))
            )
        ),
        "cancel": told(
            lambda wish: client.cancel_task(CancelTaskRequest(id=new_id(), params=TaskIdParams(id=wish["task"])))
        ),
        "set push": told(
            lambda wish: client.set_task_callback(
                SetTaskPushNotificationConfigRequest(
                    id=new_id(),
                    params=TaskPushNotificationConfig(
                        taskId=wish["task"], pushNotificationConfig=PushNotificationConfig(**wish["push"])
                    ),
                )
            )
        ),
        "get push": told(
            lambda wish: client.get_task_callback(
                GetTaskPushNotificationConfigRequest(
                    id=new_id(),
                    params=GetTaskPushNotificationConfigParams(
                        id=wish["task"], pushNotificationConfigId=wish["config"]
                    ),
                )
            )
        ),
    }


async def main():
    async with httpx.AsyncClient() as http:
        card = await A2ACardResolver(http, talk.URL).get_agent_card()
        await talk.serve(operations(card, A2AClient(http, card, interceptors=[AuthInterceptor(Token())])))


asyncio.run(main())
