"""What a caller hears who waits: the prompt for joining, music, announcements, and never silence."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

import structlog

from fs_scripts.calls.speaking import COMFORT, MUSIC, Speaker
from fs_scripts.esl.errors import CommandTimeout
from fs_scripts.esl.outbound import Channel, Completed, Execution
from hotline.domain.ivr.commands import Announce, Prompt, Say

log = structlog.get_logger(__name__)

# A caller who waits is looked at this often even if nothing happens.
LOOK_SECONDS: Final = 60.0
# Music that ends sooner than this after it began is broken; something else must be heard.
_SHORTEST_MUSIC_SECONDS: Final = 1.0
_LONGEST_WAIT_TOLD_SECONDS: Final = 3600.0


class WaitingSound:
    """Music and announcements on one channel. *position* is the caller's place in line, 1 is next;
    *expected_wait* the seconds until an agent's phone will ring for it, None where nobody can tell.
    """

    def __init__(
        self,
        channel: Channel,
        speaker: Speaker,
        clock: Callable[[], float],
        announce: Announce,
        position: Callable[[], int | None],
        expected_wait: Callable[[], float | None] = lambda: None,
    ) -> None:
        self._channel = channel
        self._speaker = speaker
        self._clock = clock
        self._announce = announce
        self._position = position
        self._expected_wait = expected_wait
        self._first: tuple[Prompt, ...] = ()
        self._playing: Execution | None = None
        self._music_began = 0.0
        self._is_music = False
        self._music_broken = False
        self._silent = False
        self._next_announcement = 0.0

    @property
    def playing(self) -> bool:
        """Whether something has been begun and not been stopped since."""
        return self._playing is not None

    def join(self, *first: Prompt) -> None:
        """The caller begins to wait: from now on announcements fall due. *first* is said before the prompt for
        joining.
        """
        self._first = first
        every = self._announce.every_s
        self._next_announcement = self._clock() + every if every else 0.0

    def begin(self) -> None:
        """The prompt for joining, before any music; music afterwards."""
        target = self._speaker.target((*self._first, *self._announce.join))
        if target is None or self._music_began:
            self._play_music()
        else:
            self._play(target)

    def tell(self, *prompts: Prompt) -> None:
        """Say what has just happened, and go on with music; nothing as long as nothing is heard anyway."""
        target = self._speaker.target(prompts)
        if self._playing is not None and target is not None:
            self.stop()
            self._play(target)

    def patience(self) -> float:
        """For how many seconds nothing has to be done unless something happens."""
        wait = _SHORTEST_MUSIC_SECONDS if self._silent else LOOK_SECONDS
        if self._next_announcement:
            wait = max(0.0, min(wait, self._next_announcement - self._clock()))
        return wait

    def ended(self, completed: Completed) -> None:
        """What played has ended by itself, if *completed* is its end: go on with music."""
        if completed.execution is not self._playing:
            return
        if self._is_music and self._clock() - self._music_began < _SHORTEST_MUSIC_SECONDS:
            if self._music_broken:
                # Not even a tone can be played: try again in a while instead of spinning.
                self._silent = True
                return
            log.error("there is no music on hold; a tone is played instead")
            self._music_broken = True
        self._play_music()

    def look(self) -> None:
        """Nothing has happened for :meth:`patience`: play again what could not be played, or announce."""
        if self._silent:
            self._play_music()
        now = self._clock()
        if not self._next_announcement or now < self._next_announcement:
            return
        self._next_announcement = now + self._announce.every_s
        target = self._speaker.target(self._announcement())
        if target is not None:
            self.stop()
            self._play(target)

    def stop(self) -> None:
        """Stop what the caller hears, and wait until FreeSWITCH has done so. Raises
        :class:`~fs_scripts.esl.errors.ChannelGone`.
        """
        playing, self._playing = self._playing, None
        if playing is None or playing.done:
            return
        try:
            playing.stop(2.0)
        except CommandTimeout:
            log.warning("the music did not stop in time")

    def _announcement(self) -> list[Prompt]:
        prompts: list[Prompt] = list(self._announce.again)
        if self._announce.position:
            position = self._position()
            if position == 1:
                prompts.append("queue_next")
            elif position is not None:
                before_you = Say("count", str(position - 1))
                prompts += ["queue_position_pre", before_you, "queue_position_post"]
        if self._announce.expected_wait:
            prompts += _wait_in_words(self._expected_wait())
        return prompts

    def _play(self, target: str) -> None:
        self._is_music = False
        self._playing = self._channel.start("playback", target)

    def _play_music(self) -> None:
        self._is_music, self._silent = True, False
        self._music_began = self._clock()
        self._playing = self._channel.start("playback", COMFORT if self._music_broken else MUSIC)


def _wait_in_words(seconds: float | None) -> list[Prompt]:
    """In whole minutes, one at least. A very long wait is no comfort, and no estimate is that good."""
    if seconds is None or seconds > _LONGEST_WAIT_TOLD_SECONDS:
        return []
    minutes = max(1, math.ceil(seconds / 60))
    return ["queue_wait_minutes_pre", Say("count", str(minutes)), "queue_wait_minutes_post"]
