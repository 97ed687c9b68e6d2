"""An agent of Google's ADK behind its A2A server, as its page shows it, with a model that needs no provider."""

from google.adk.a2a.utils.agent_to_a2a import to_a2a
from google.adk.agents import LlmAgent
from google.adk.models import BaseLlm, LlmResponse
from google.genai import types

import words


class Words(BaseLlm):
    async def generate_content_async(self, llm_request, stream=False):
        last = llm_request.contents[-1]
        text = "\n".join(part.text or "" for part in last.parts)
        answer = await words.answer_to(text)
        yield LlmResponse(content=types.Content(role="model", parts=[types.Part(text=answer)]))


def build(_url, port):
    agent = LlmAgent(name="work", model=Words(model="words"), description="Works.", instruction="Do as you are told.")
    return to_a2a(agent, host="127.0.0.1", port=port)


if __name__ == "__main__":
    words.serve(build)
