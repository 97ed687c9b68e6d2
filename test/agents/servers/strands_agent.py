"""An agent of Strands behind its A2A server, as its page shows it, with a model that needs no provider."""

from a2a.types import AgentSkill
from strands import Agent
from strands.models import Model
from strands.multiagent.a2a import A2AServer

import words


class Words(Model):
    def update_config(self, **_):
        pass

    def get_config(self):
        return {}

    def structured_output(self, *_, **__):
        raise NotImplementedError

    async def stream(self, messages, *_, **__):
        text = "\n".join(block.get("text", "") for block in messages[-1]["content"])
        answer = await words.answer_to(text)
        yield {"messageStart": {"role": "assistant"}}
        yield {"contentBlockStart": {"start": {}}}
        yield {"contentBlockDelta": {"delta": {"text": answer}}}
        yield {"contentBlockStop": {}}
        yield {"messageStop": {"stopReason": "end_turn"}}


def build(url, _port):
    make = lambda _context: Agent(model=Words(), name="strands", description="Does as it is told.", callback_handler=None)
    skill = AgentSkill(id="work", name="Work", description="Works.", tags=["test"])
    return A2AServer(agent_factory=make, http_url=url, serve_at_root=True, skills=[skill]).to_starlette_app()


if __name__ == "__main__":
    words.serve(build)
