"""The order of steps: who waits for whom, and that nobody waits for himself."""

from __future__ import annotations

from collections.abc import Collection, Mapping


def find_cycle(waits_for: Mapping[int, Collection[int]]) -> list[int]:
    """Steps that wait for each other in a ring, first one repeated at the end; empty where there is none.

    `waits_for`: predecessors by step. Depth first with three colours; each link is looked at once.
    """
    done: set[int] = set()
    for start in waits_for:
        path: list[int] = []
        on_path: set[int] = set()
        stack: list[tuple[int, bool]] = [(start, False)]
        while stack:
            step, is_left = stack.pop()
            if is_left:
                on_path.discard(path.pop())
                done.add(step)
            elif step in on_path:
                return [*path[path.index(step) :], step]
            elif step not in done:
                path.append(step)
                on_path.add(step)
                stack.append((step, True))
                stack.extend((each, False) for each in waits_for.get(step, ()))
    return []


def waits_for(
    step: int,
    predecessors: Mapping[int, Collection[int]],
    reworks: Mapping[int, Collection[int]],
    done: Collection[int],
) -> list[int]:
    """Steps that must be done before `step`: its predecessors, and the rework of each of them.

    A rework step waits for the step it reworks, not for that step's other reworks.
    """
    wanted: list[int] = []
    for each in predecessors.get(step, ()):
        further = _all_reworks(each, reworks)
        wanted += [each] if step in further else [each, *further]
    return [each for each in dict.fromkeys(wanted) if each not in done]


def _all_reworks(step: int, reworks: Mapping[int, Collection[int]]) -> list[int]:
    found: list[int] = []
    todo = list(reworks.get(step, ()))
    while todo:
        each = todo.pop(0)
        if each not in found:
            found.append(each)
            todo += reworks.get(each, ())
    return found
