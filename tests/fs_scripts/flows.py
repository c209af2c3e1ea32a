"""The demo's flow with a way to be called back."""

from dataclasses import replace

from fs_scripts.configuration import Configuration
from hotline.domain.ivr.flow import dump, parse


def with_callback(configuration: Configuration) -> Configuration:
    """Callers in the queue for policy press 8, and 1 to say yes."""
    flow = configuration.flows["main"]
    content = dump(flow)
    content["nodes"]["policy"] |= {"callback_key": "8", "on_callback": "call_me"}
    content["nodes"]["call_me"] = {
        "type": "callback",
        "queue": "policy",
        "ask": ["callback_ask"],
        "confirm": ["callback_confirm"],
        "change": ["callback_number"],
        "wrong": ["wrong_key"],
        "taken": ["callback_taken"],
        "on_taken": "goodbye",
        "on_refused": "goodbye",
        "on_cancelled": "goodbye",
        "on_fail": "goodbye",
    }
    return replace(configuration, flows={"main": parse(content)})
