"""A fake of the commands that tools/engine runs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tools.engine.work import Task


@dataclass
class FakeRun:
    """Plays the commands: each answer is for the first command that has the word in it."""

    answers: Mapping[str, Callable[[Task], str]]
    tasks: list[Task] = field(default_factory=list)

    def __call__(self, task: Task) -> str:
        self.tasks.append(task)
        for word, answer in self.answers.items():
            if any(word in part for part in task.command):
                return answer(task)
        raise AssertionError(task)


def refuse_all(task: Task) -> str:
    raise AssertionError(task)


def silent(line: str) -> None:
    pass
