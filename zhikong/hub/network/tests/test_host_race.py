"""A host is retired while a centre is registered at it: one of the two is refused, on both databases."""

import pytest

from zhikong.hub.core.tests import test_job_faults
from zhikong.hub.network.tests.test_races import RaceSite

pytestmark = pytest.mark.faults

site = test_job_faults.site


class HostRaceSite(RaceSite):
    worker = "zhikong.hub.network.tests.host_race_worker"


@pytest.fixture(autouse=True)
def _races(monkeypatch):
    monkeypatch.setattr(test_job_faults, "Site", HostRaceSite)


def hosts_of_standing_centres(site):
    return site.ask(
        "SELECT i.code, i.is_active FROM network_centrehost h JOIN network_institution i ON i.id = h.institution_id "
        "JOIN network_centre c ON c.id = h.centre_id WHERE c.state IN ('formal', 'setting_up') AND h.ended_on IS NULL"
    )


def test_retired_while_a_centre_is_registered(site):
    assert site.told("retire_beside_registering") == {"register": "done", "retire": "refused"}
    assert all(active for _code, active in hosts_of_standing_centres(site))


def test_moved_away_while_a_centre_is_registered(site):
    assert site.told("move_beside_registering") == {"register": "done", "move": "refused"}


def test_two_notices_at_once_number_their_placeholders_apart(site):
    assert site.told("take_in_two_notices") == {"first": "done", "second": "done"}
    codes = [code for (code,) in site.ask("SELECT code FROM network_institution WHERE code LIKE '41-WH-%' ORDER BY 1")]
    assert codes == ["41-WH-0001", "41-WH-0002", "41-WH-0003"]
