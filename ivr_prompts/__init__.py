"""The prompts: their texts, how they are made into audio, how audio is checked, and where it is found.

``prompts.toml`` has the sentences, ``rendered/`` the audio made from them beforehand, ``recorded/<lang>/``
takes recordings by a person, which win. ``python -m ivr_prompts build`` puts what the switch plays into
``HOTLINE_HOME/prompts/<lang>/<id>.wav``.
"""
