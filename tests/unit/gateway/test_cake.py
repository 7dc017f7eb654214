"""The queues before and behind a line: asked for in tc's words, known again in the kernel's, and only where the rate is
told, or was found out."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from typing import Any

import pytest
from pyroute2.netlink.rtnl.tcmsg.sched_cake import get_parameters

from gateway_init.config.load import parse
from gateway_init.config.site import Site
from gateway_init.evidence.evidence import assess
from gateway_init.evidence.memory import Memory
from gateway_init.evidence.pace import Pace, Paces
from gateway_init.facts.facts import Facts, Link
from gateway_init.facts.item import Inbound, Queue
from gateway_init.host import cake, inbound
from gateway_init.host.netlink import TC_H_ROOT
from gateway_init.plan.actual import ours
from gateway_init.plan.difference import Action, Add, Remove, difference
from gateway_init.plan.plan import plan
from gateway_init.wellknown.framing import BARE, FRAMINGS
from tests.unit.gateway.given import ANSWERED, EXAMPLE, NUMBERS, SITE, line_up


class Message(dict[str, Any]):
    """As pyroute2 has one of the kernel's."""

    def get_attr(self, name: str) -> Any:
        return dict(self["attrs"]).get(name)


def of_kernel(queue: Queue, **changes: object) -> Message:
    """What the kernel tells of one that was asked for."""
    request = cake.request(queue)
    told = Message(attrs=get_parameters(request)["attrs"])
    attrs = [("TCA_KIND", request["kind"]), ("TCA_OPTIONS", told)]
    return Message({"index": queue.link, "parent": TC_H_ROOT, "attrs": attrs} | changes)


@pytest.mark.parametrize("over", FRAMINGS)
def test_one_is_known_again(over: str) -> None:
    assert cake.found([of_kernel(Queue(10, 1017, over))]) == {Queue(10, 1017, over)}


def test_what_is_not_before_a_line_or_no_cake_is_none_of_ours() -> None:
    below, plain = of_kernel(Queue(10, 900, "adsl"), parent=0x10000), Message(index=3, parent=TC_H_ROOT, attrs=[])
    assert cake.found([below, plain]) == frozenset()


MADE = Message(index=10, parent=0xFFFFFFF1, attrs=[("TCA_KIND", "ingress")])
"""What comes in by the line makes a detour."""
DETOUR = (Link(10, "adsl"), Link(30, "inbound10"))


def test_a_detour_is_known_again_with_the_line_s_own_queue() -> None:
    told = [of_kernel(Queue(10, 1000, "vdsl")), of_kernel(Queue(30, 7600, "vdsl")), MADE]
    assert inbound.found(told, DETOUR) == {Queue(10, 1000, "vdsl"), Inbound(10, 7600, "vdsl")}


@pytest.mark.parametrize(
    "told",
    [[of_kernel(Queue(30, 7600, "vdsl"))], [MADE], []],
    ids=["nothing makes it", "it has no queue", "its line has gone"],
)
def test_half_a_detour_is_one_to_make_anew_or_to_take_away(told: list[Message]) -> None:
    assert inbound.found(told, DETOUR) == {Inbound(10, 0, cake.OTHER)}


def rated(rate: str) -> Site:
    return parse(EXAMPLE.read_text(encoding="utf-8").replace("kind: pppoe", f"kind: pppoe\n    rate: {rate}"))


def changes(
    sort: type[Queue | Inbound], facts: Facts, site: Site, paces: Mapping[str, Paces] = MappingProxyType({})
) -> list[Action]:
    """What is done about queues of that sort."""
    evidence = assess(site, facts, Memory(verdict=ANSWERED, paces=dict(paces)), 10.0)
    wanted = plan(site, facts, evidence, NUMBERS, firewall="f", services={})
    return [each for each in difference(wanted, ours(site, facts)) if isinstance(each.item, sort)]


def test_what_comes_in_has_one_where_that_rate_is_known_a_little_below_it() -> None:
    actions = partial(changes, Inbound, site=rated("{up: 1000, down: 8000}"))
    behind = Inbound(10, 7600, "adsl")
    gone = Inbound(9, 0, cake.OTHER)
    assert actions(line_up()) == [Add(behind)]
    assert actions(line_up(queues=frozenset({behind}))) == []
    assert actions(line_up(queues=frozenset({Inbound(10, 0, cake.OTHER), gone}))) == [Remove(gone), Add(behind)]
    assert actions(line_up(queues=frozenset({behind})), site=SITE) == [Remove(behind)]


def test_a_line_whose_rate_is_known_has_one_with_each_session_and_another_has_none() -> None:
    actions = partial(changes, Queue, site=rated("{up: 1000, over: vdsl}"))
    queue = Queue(10, 1000, "vdsl")
    assert actions(line_up()) == [Add(queue)]
    assert actions(line_up(queues=frozenset({queue}))) == []
    assert actions(line_up(queues=frozenset({Queue(10, 900, "adsl")}))) == [Add(queue)]
    assert actions(line_up(queues=frozenset({queue})), site=SITE) == [Remove(queue)]


def test_what_was_found_out_counts_where_nothing_is_told() -> None:
    paces = {"adsl": Paces(Pace(rate=7200.4), Pace(rate=900.0)), "phone": Paces(Pace(rate=1.0))}
    assert changes(Queue, line_up(), SITE, paces) == [Add(Queue(10, 900, BARE))]
    assert changes(Inbound, line_up(), SITE, paces) == [Add(Inbound(10, 7200, BARE))]
    told = rated("{up: 1000, over: vdsl}")
    assert changes(Queue, line_up(), told, paces) == [Add(Queue(10, 1000, "vdsl"))]
    assert changes(Inbound, line_up(), told, paces) == [Add(Inbound(10, 7200, BARE))]
