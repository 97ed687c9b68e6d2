"""An agent of pydantic-ai behind fasta2a, as its page shows it, with a model that needs no provider."""

from fasta2a.pydantic_ai import agent_to_a2a
from pydantic_ai import Agent, ModelResponse, TextPart, UserPromptPart
from pydantic_ai.models.function import FunctionModel

import words


async def think(messages, _info):
    prompts = [part.content for message in messages for part in message.parts if isinstance(part, UserPromptPart)]
    flat = [piece if isinstance(piece, str) else "\n".join(map(str, piece)) for piece in prompts]
    return ModelResponse(parts=[TextPart(await words.answer_to("\n".join(flat)))])


def build(url, _port):
    skill = {"id": "work", "name": "Work", "description": "Works.", "tags": ["test"]}
    return agent_to_a2a(Agent(FunctionModel(think)), name="pydantic", url=url, skills=[skill])


if __name__ == "__main__":
    words.serve(build)
