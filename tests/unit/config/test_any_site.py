"""Whatever a whole site is like, short of its mistakes: it is accepted, and all that is made of it can be."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given, settings

from gateway_init.config import secret, summary
from gateway_init.config.allotted import allot
from gateway_init.config.load import parse
from gateway_init.render.ruleset import ruleset
from gateway_init.render.services import services
from tests.any_site import texts

CERTIFICATE = (Path(__file__).parents[1] / "gateway/certificate.pem").read_text()


@given(texts())
@settings(max_examples=40)
def test_it_is_accepted_and_every_file_is_rendered(text: str) -> None:
    site = parse(text)
    summary.as_text(site)
    made = services(site, lambda name: CERTIFICATE if secret.is_certificate(name) else "secret\n", allot(site))
    of_lines = sum(len(kind.services(line)) for kind, line in site.lines)
    assert len(made) == of_lines + len(site.tunnels) + 2 * len(site.destinations) + 2
    assert ruleset(site, allot(site)).text
