"""Changes that cannot be taken back: a failure without consent, a warning with it."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.popsink.data_plane.plugins.module_utils.errors import PopsinkError
from ansible_collections.popsink.data_plane.plugins.module_utils.findings import FAIL, WARN, Finding
from ansible_collections.popsink.data_plane.plugins.module_utils.plan.model import literal
from ansible_collections.popsink.data_plane.plugins.module_utils.upgrade.one_way import (
    SCHEMAS,
    STEPS,
    Consent,
    loses_karapace,
    one_way,
    refuse_one_way,
)
from ansible_collections.popsink.data_plane.plugins.module_utils.upgrade.transition import Side, Transition

PASSWORD = "sunflower"

#: As charts have them, as far as steps look at it; the login is one that nobody warns about.
DEFAULTS: dict[str, Any] = {
    "adminCredentials": {"username": "", "password": "", "existingSecret": "given"},
    "tansu": {"enabled": True, "storage": {"engine": "", "aws": {"endpoint": ""}}},
    "defaultKafka": {"bootstrapServer": ""},
    "kora": {"enabled": True, "database": {"host": "", "database": ""}},
    "schemaRegistry": {"url": ""},
    "postgresql": {"enabled": True, "auth": {"database": "popsink"}},
    "externalDatabase": {"host": "", "port": 5432, "database": ""},
}


def workload(component: str) -> dict[str, Any]:
    return {
        "kind": "Deployment",
        "metadata": {"name": f"popsink-{component}", "labels": {"app.kubernetes.io/component": component}},
        "spec": {"template": {"spec": {"containers": [{"image": f"r/{component}:1"}]}}},
    }


def side(
    values: dict[str, Any] | None = None,
    *components: str,
    version: str = "0.1.0-alpha.205",
    defaults: dict[str, Any] | None = None,
) -> Side:
    objects = [workload(name) for name in components]
    return Side(version, values or {}, DEFAULTS if defaults is None else defaults, objects)


def from_to(before: dict[str, Any] | None = None, after: dict[str, Any] | None = None) -> Transition:
    """Another set of values, and nothing else."""
    return Transition(side(before), side(after))


def versions(before: str, after: str, values: dict[str, Any] | None = None) -> Transition:
    return Transition(side(values, version=before), side(values, version=after))


def broker(engine: Any, **aws: Any) -> dict[str, Any]:
    return {"tansu": {"storage": {"engine": engine, "aws": aws}}}


def another_kafka(servers: str) -> dict[str, Any]:
    return {"tansu": {"enabled": False}, "defaultKafka": {"bootstrapServer": servers}}


def database(**changes: Any) -> dict[str, Any]:
    whole = {"host": "db.example", "port": 5432, "database": "popsink", "password": PASSWORD, **changes}
    return {"postgresql": {"enabled": False}, "externalDatabase": whole}


def kora(**changes: Any) -> dict[str, Any]:
    return {"kora": {"enabled": True, "database": {"host": "db.example", "database": "kora", **changes}}}


def registry(url: str) -> dict[str, Any]:
    return {"kora": {"enabled": False}, "schemaRegistry": {"url": url}}


def seen(transition: Transition, consent: Consent | None = None) -> list[tuple[str, str]]:
    return [(finding.id, finding.status) for finding in one_way(transition, consent or Consent())]


def only(transition: Transition, consent: Consent | None = None) -> Finding:
    (finding,) = one_way(transition, consent or Consent())
    return finding


#: Deployments of a control plane.
ONE, OTHER = "11111111-aaaa-4111-8111-111111111111", "22222222-aaaa-4222-8222-222222222222"

#: A change that takes it, by the step's id.
TAKEN = {
    "deployment": from_to({"deploymentId": ONE}, {"deploymentId": OTHER}),
    "downgrade": versions("0.1.0-alpha.205", "0.1.0-alpha.204"),
    "storage": from_to(broker("s3://a/"), broker("s3://b/")),
    "database": from_to(None, database()),
    "schema_registry": from_to(kora(), kora(host="other.example")),
}


#: Kora beside the data plane, in the bundled PostgreSQL.
BESIDE = {"kora": {"enabled": True, "database": {"host": "popsink-postgresql", "database": "popsink"}}}


def leaving(before: dict[str, Any], after: dict[str, Any]) -> Transition:
    return Transition(side(before, "postgresql"), side(after))


@pytest.mark.parametrize(
    ("transition", "refused"),
    [
        pytest.param(leaving(BESIDE, {**database(), **kora()}), set(), id="out of the bundled PostgreSQL"),
        pytest.param(leaving(BESIDE, {**database(), **kora(host="other.example")}), {"schema_registry"}, id="apart"),
        pytest.param(
            leaving(kora(), {**database(), **kora(host="other.example")}), {"schema_registry"}, id="Kora's own"
        ),
        pytest.param(from_to(database(), database(database="other")), {"database"}, id="between others"),
        pytest.param(from_to(database(), None), {"database"}, id="into the bundled PostgreSQL"),
        pytest.param(from_to(broker("s3://a/"), broker("s3://b/")), {"storage"}, id="records"),
    ],
)
def test_what_a_move_takes_along_needs_no_consent(transition: Transition, refused: set[str]) -> None:
    assert {step for step, _status in seen(transition, Consent(moved=True))} == {f"upgrade.{step}" for step in refused}
    told = {finding.id: "move_database.yml" in finding.remedy for finding in one_way(transition, Consent())}
    assert {step for step, moves in told.items() if not moves} == {f"upgrade.{step}" for step in refused}


def test_every_step_is_tried_here() -> None:
    assert {step.id for step in STEPS} == set(TAKEN)


@pytest.mark.parametrize("step", TAKEN)
def test_a_step_without_consent_fails(step: str) -> None:
    assert seen(TAKEN[step]) == [(f"upgrade.{step}", FAIL)]


@pytest.mark.parametrize("step", TAKEN)
def test_the_consent_to_a_step_makes_it_a_warning(step: str) -> None:
    assert seen(TAKEN[step], Consent(accepted=(step,))) == [(f"upgrade.{step}", WARN)]


@pytest.mark.parametrize("step", TAKEN)
def test_the_consent_to_all_others_is_none_to_this_one(step: str) -> None:
    others = tuple(other for other in TAKEN if other != step)
    assert seen(TAKEN[step], Consent(accepted=others)) == [(f"upgrade.{step}", FAIL)]


@pytest.mark.parametrize("accepted", [(), ("database",)], ids=["refused", "accepted, as while it is moved"])
def test_what_is_said_of_a_database_holds_also_while_it_is_moved(accepted: tuple[str, ...]) -> None:
    finding = only(TAKEN["database"], Consent(accepted=accepted))
    assert finding.found.endswith("does not move there by itself.")
    assert "playbooks/move_database.yml" in finding.remedy


@pytest.mark.parametrize("step", TAKEN)
def test_a_refused_step_tells_how_to_accept_it(step: str) -> None:
    assert f"popsink_accept: [{step}]" in only(TAKEN[step]).remedy


def test_the_consent_to_a_step_that_is_not_taken_is_no_finding() -> None:
    assert seen(from_to(), Consent(accepted=("storage",))) == []


@pytest.mark.parametrize("name", ["karapace", "Storage", "oracle", ""])
def test_a_consent_to_what_is_no_step_fails(name: str) -> None:
    assert seen(from_to(), Consent(accepted=(name,))) == [("upgrade.accept", FAIL)]


def test_nothing_changed_is_no_step() -> None:
    values = {**broker("s3://a/"), **database(), **kora()}
    assert seen(from_to(values, values)) == []


@pytest.mark.parametrize(
    ("before", "after", "taken"),
    [
        ("0.1.0-alpha.204", "0.1.0-alpha.205", False),
        ("0.1.0-alpha.205", "0.1.0-alpha.205", False),
        ("0.1.0-alpha.100", "0.1.0-alpha.99", True),
        ("0.1.0-alpha.205", "0.1.0-alpha.205+mirror", False),
        ("0.1.0-alpha.205", "1.0.0", False),
        ("1.0.0", "0.1.0-alpha.205", True),
        ("1.0.0", "1.1.0", False),
    ],
    ids=[
        "up", "the same", "by number, not as text", "the same with a mark of its own", "up to one of another form",
        "down from one of another form", "both of another form",
    ],
)  # fmt: skip
def test_a_downgrade(before: str, after: str, taken: bool) -> None:
    assert ("upgrade.downgrade" in dict(seen(versions(before, after)))) == taken


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (broker("s3://a/x/"), broker("s3://a/x/"), ""),
        (broker("s3://a/x/"), broker("s3://a/y/"), "in s3://a/y/, not in s3://a/x/"),
        (broker("s3://a/"), broker("abfss://c@acc.dfs.core.windows.net/p/"), "in abfss://c@acc.dfs.core.windows.net/p/,"),
        (broker("s3://a/", endpoint="http://m:9000"), broker("s3://a/"), "in s3://a/, not in s3://a/ at http://m:9000"),
        (broker("abfss://c@acc/p/", endpoint="x"), broker("abfss://c@acc/p/"), ""),
        (broker("s3://a/", region="one"), broker("s3://a/", region="two"), ""),
        (broker("s3://a/"), {"kodansu": {"storage": {"engine": "s3://a/"}}}, ""),
        (broker("s3://a/"), {"kodansu": {"storage": {"engine": "s3://b/"}}}, ""),
        (None, broker("s3://a/"), ""),
        (broker("s3://a/"), None, ""),
        (broker("s3://a/"), broker(literal("storage_postgresql_url")), ""),
        (broker("s3://a/"), another_kafka("kafka:9092"), "in Kafka at kafka:9092, not in s3://a/"),
        (another_kafka("kafka:9092"), broker("s3://a/"), "in s3://a/, not in Kafka at kafka:9092"),
        (another_kafka("a:9092,b:9092"), another_kafka("b:9092, c:9092"), ""),
        (another_kafka("a:9092"), another_kafka("a:9093"), ""),
        (another_kafka("a:9092"), another_kafka("b:9092"), "in Kafka at b:9092, not in Kafka at a:9092"),
    ],
    ids=[
        "the same", "another prefix", "another kind", "another endpoint", "an endpoint that Azure does not read",
        "another region", "the same under the later name", "a later name that this chart does not read",
        "not told before", "not told afterwards", "a secret that is not known yet", "to another Kafka",
        "from another Kafka", "further servers of a Kafka", "another port of a Kafka", "to a third Kafka",
    ],
)  # fmt: skip
def test_another_store_of_the_brokers_records(
    before: dict[str, Any] | None, after: dict[str, Any] | None, said: str
) -> None:
    found = [finding.found for finding in one_way(from_to(before, after), Consent())]
    assert len(found) == bool(said)
    assert said in "".join(found)


def test_an_environment_that_exists_keeps_to_its_own_broker() -> None:
    (found,) = one_way(from_to(broker("s3://a/"), another_kafka("kafka:9092")), Consent())
    assert "its own retention configuration" in found.found


@pytest.mark.parametrize(
    ("before", "after", "values", "said"),
    [
        ("0.1.0-alpha.44", "0.1.0-alpha.60", {"tansu": {"enabled": False}}, True),
        ("0.1.0-alpha.60", "0.1.0-alpha.205", {"tansu": {"enabled": False}}, False),
        ("0.1.0-alpha.44", "0.1.0-alpha.60", {}, False),
    ],
)
def test_the_chart_from_which_on_it_does_is_told(before: str, after: str, values: dict[str, Any], said: bool) -> None:
    assert ("upgrade.kafka" in dict(seen(versions(before, after, values)))) == said


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(broker("s3://a/kafka"), broker("s3://a/kafka/"), id="with a slash"),
        pytest.param(broker("postgres://db/x"), broker("postgresql://db/x"), id="by its longer name"),
        pytest.param(
            broker("s3://a/", endpoint="https://S3.example"),
            broker("s3://a/", endpoint="https://s3.example:443/"),
            id="its endpoint with the port that is meant anyway",
        ),
        pytest.param(
            broker("s3://a/"), broker("s3://a/", endpoint="https://s3.eu-west-1.amazonaws.com"), id="AWS by name"
        ),
    ],
)
def test_the_same_store_written_otherwise_is_no_step(before: dict[str, Any], after: dict[str, Any]) -> None:
    assert seen(from_to(before, after)) == []


def test_another_store_under_the_brokers_later_name() -> None:
    later = {**DEFAULTS, "kodansu": {}}
    transition = Transition(
        side(broker("s3://a/")), side({"kodansu": {"storage": {"engine": "s3://b/"}}}, defaults=later)
    )
    assert seen(transition) == [("upgrade.storage", FAIL)]


ENGINES = [
    f"postgres://popsink:{PASSWORD}@db.example:5432/records",
    f"postgresql://popsink:{PASSWORD}@db.example/records",
    f"POSTGRES://popsink:{PASSWORD}@db.example/records",
    f"postgres://popsink:{PASSWORD}@{PASSWORD}@db.example/records",
    f"postgres://popsink:a/{PASSWORD}@db.example/records",
    f"postgres://popsink:{PASSWORD}/b@db.example/records",
    f"postgres://popsink:{PASSWORD}?b@db.example/records",
    f"postgres://popsink:{PASSWORD}://@db.example/records",
    f"postgres://popsink@db.example/records?password={PASSWORD}",
    f"postgres://db.example:5432/records?user=popsink&password=x@{PASSWORD}",
    f"postgres://popsink:x@db.example/records?sslpassword={PASSWORD}",
    f"postgres:/popsink:{PASSWORD}@db.example/records",
    f"popsink:{PASSWORD}@db.example/records",
    f"s3://key:{PASSWORD}@bucket/",
]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("consent", [Consent(), Consent(accepted=("storage",))], ids=["refused", "accepted"])
@pytest.mark.parametrize("turn", [1, -1], ids=["before", "after"])
def test_no_password_of_an_engine_stands_in_a_finding(engine: str, consent: Consent, turn: int) -> None:
    before, after = (broker(engine), broker("s3://a/"))[::turn]
    assert PASSWORD not in str(only(from_to(before, after), consent))


def test_the_database_of_an_engine_is_told_without_its_login() -> None:
    assert (
        "not in postgres://db.example:5432/records any more"
        in only(from_to(broker(ENGINES[0]), broker("s3://a/"))).found
    )


def test_another_password_of_the_same_engine_is_no_step() -> None:
    engine = "postgres://popsink:{}@db.example/records"
    assert seen(from_to(broker(engine.format("old")), broker(engine.format("new")))) == []


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (None, database(), "popsink at db.example:5432, not popsink in the bundled PostgreSQL"),
        (database(), None, "popsink in the bundled PostgreSQL, not popsink at db.example:5432"),
        (database(), database(), ""),
        (database(), database(host="other"), "popsink at other:5432, not popsink at db.example:5432"),
        (database(), database(port=5433), "popsink at db.example:5433,"),
        (database(), database(database="b"), "b at db.example:5432,"),
        (database(), database(password="another"), ""),
        (None, {"postgresql": {"auth": {"database": "b"}}}, "b in the bundled PostgreSQL,"),
        (None, {"postgresql": {"auth": {"existingSecret": "popsink-vault-database"}}}, ""),
        (database(), database(password=None, existingSecret="popsink-vault-database"), ""),
    ],
    ids=[
        "to one of one's own", "back", "the same", "another host", "another port", "another name", "another password",
        "another name in the bundled one", "its passwords into a Secret", "a password into a Secret",
    ],
)  # fmt: skip
def test_another_database(before: dict[str, Any] | None, after: dict[str, Any] | None, said: str) -> None:
    found = [finding.found for finding in one_way(from_to(before, after), Consent())]
    assert len(found) == bool(said)
    assert said in "".join(found)


@pytest.mark.parametrize(
    ("values", "after"),
    [
        ({"postgresql": {"enabled": True}}, None),
        (
            {"postgresql": {"enabled": False}, "externalDatabase": {"host": "db.example", "database": "popsink"}},
            database(),
        ),
        ({**broker("s3://a/"), **kora()}, {**broker("s3://a/"), **kora()}),
        ({"externalDatabase": {"host": "left.example", "port": 5432, "database": "over"}}, None),
        (None, {**broker("s3://a/"), **kora()}),
    ],
    ids=[
        "the bundled database",
        "a database of one's own",
        "broker and registry",
        "a database that may be switched off",
        "no values either",
    ],
)
def test_what_a_record_without_the_charts_defaults_does_not_tell_is_no_step(
    values: dict[str, Any] | None, after: dict[str, Any] | None
) -> None:
    assert seen(Transition(side(values, defaults={}), side(after))) == []


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (kora(), kora(), ""),
        (kora(), kora(database="b"), "in b at db.example, not in kora at db.example"),
        (kora(), kora(password="new"), ""),
        (kora(), registry("https://r.example"), "in https://r.example, not in kora at db.example"),
        (registry("https://r.example"), kora(), "in kora at db.example, not in https://r.example"),
        (registry("https://r.example"), registry("https://r.example"), ""),
        (registry("https://a.example"), registry("https://b.example"), "in https://b.example, not in https://a.example"),
        (kora(), {"kora": {"enabled": False}}, "in nothing, not in kora at db.example"),
        ({"kora": {"enabled": True}}, kora(), ""),
    ],
    ids=[
        "the same", "another database", "another password", "to another registry", "from another registry",
        "the same registry", "one registry to the next", "no registry", "not told before",
    ],
)  # fmt: skip
def test_another_registry(before: dict[str, Any], after: dict[str, Any], said: str) -> None:
    found = [finding.found for finding in one_way(from_to(before, after), Consent())]
    assert len(found) == bool(said)
    assert said in "".join(found)


def test_no_password_of_a_registrys_url_stands_in_a_finding() -> None:
    transition = from_to(registry(f"https://me:{PASSWORD}@r.example"), kora())
    assert (PASSWORD in str(only(transition)), "https://r.example" in only(transition).found) == (False, True)


@pytest.mark.parametrize(
    ("before", "after", "goes"),
    [(("karapace",), ("kora",), True), (("karapace",), ("karapace",), False), (("kora",), ("kora",), False),
     (("karapace",), (), True), ((), ("karapace",), False)],
    ids=["replaced", "stays", "was never there", "nothing in its place", "comes"],
)  # fmt: skip
def test_karapace_goes(before: tuple[str, ...], after: tuple[str, ...], goes: bool) -> None:
    assert loses_karapace(Transition(side(None, *before), side(None, *after))) == goes


def karapace(after: dict[str, Any] | None = None) -> Transition:
    """From Karapace to Kora."""
    return Transition(side(None, "karapace", version="0.1.0-alpha.90"), side(after or kora(), "kora"))


@pytest.mark.parametrize(
    ("consent", "after", "status"),
    [
        ("", kora(), FAIL),
        ("discard", kora(), WARN),
        ("migrate", kora(), WARN),
        ("external", kora(), FAIL),
        ("external", registry("https://r.example"), WARN),
    ],
    ids=["none", "given up", "moved later", "in another registry that is not named", "in another registry"],
)
def test_what_becomes_of_karapaces_schemas(consent: str, after: dict[str, Any], status: str) -> None:
    assert dict(seen(karapace(after), Consent(consent)))["upgrade.karapace"] == status


def test_the_way_of_karapaces_schemas_is_no_step_of_its_own() -> None:
    """One consent for one loss, also where the release names a registry that its Karapace made needless."""
    before = side({"schemaRegistry": {"url": "https://r.example"}}, "karapace")
    assert seen(Transition(before, side(kora(), "kora"))) == [("upgrade.karapace", FAIL)]


def test_accepted_steps_say_nothing_of_karapaces_schemas() -> None:
    assert dict(seen(karapace(), Consent(accepted=tuple(TAKEN))))["upgrade.karapace"] == FAIL


@pytest.mark.parametrize("way", SCHEMAS)
def test_a_refused_loss_of_karapace_names_every_way(way: str) -> None:
    assert f"{way}: {SCHEMAS[way]}" in only(karapace()).remedy


def oracle(**values: Any) -> dict[str, Any]:
    return database(backend="oracle", **values)


@pytest.mark.parametrize(
    ("values", "version", "refused"),
    [
        (oracle(), "0.1.0-alpha.127", False),
        (oracle(), "0.1.0-alpha.128", True),
        (oracle(), "0.1.0-alpha.112", True),
        (oracle(), "1.0.0", True),
        (database(backend="Oracle"), "0.1.0-alpha.128", True),
        (database(backend="postgres"), "0.1.0-alpha.128", False),
        (database(), "0.1.0-alpha.128", False),
        (None, "0.1.0-alpha.128", False),
    ],
    ids=["the last chart that takes it", "the first that does not", "one before it did", "one of another form",
         "in other letters", "PostgreSQL", "no kind told", "bundled"],
)  # fmt: skip
def test_oracle_ends_with_the_charts_that_take_it(values: dict[str, Any] | None, version: str, refused: bool) -> None:
    transition = Transition(side(values, version="0.1.0-alpha.127"), side(values, version=version))
    assert (("upgrade.oracle", FAIL) in seen(transition)) == refused


@pytest.mark.parametrize(
    ("login", "version", "told"),
    [
        ({}, "0.1.0-alpha.133", True),
        ({}, "0.1.0-alpha.134", False),
        ({}, "1.0.0", False),
        ({"existingSecret": "s"}, "0.1.0-alpha.133", False),
        ({"username": "admin", "password": PASSWORD}, "0.1.0-alpha.133", False),
    ],
    ids=["none", "a chart without a fallback", "a chart of another form", "a Secret", "values"],
)
def test_a_release_that_lets_anybody_in(login: dict[str, str], version: str, told: bool) -> None:
    transition = Transition(side({"adminCredentials": {"existingSecret": "", **login}}, version=version), side())
    assert (("upgrade.administrator", WARN) in seen(transition)) == told


def test_a_refused_change_names_every_step() -> None:
    transition = Transition(side(broker("s3://a/"), "karapace"), side({**broker("s3://b/"), **database()}, "kora"))
    with pytest.raises(PopsinkError, match="The release was not changed") as error:
        refuse_one_way([transition], Consent())
    assert [step for step in ("storage", "database", "karapace") if f"upgrade.{step}" not in str(error.value)] == []


def test_an_accepted_change_is_not_refused() -> None:
    refuse_one_way(TAKEN.values(), Consent(accepted=tuple(TAKEN)))


def test_one_refused_change_among_accepted_ones_is_refused() -> None:
    with pytest.raises(PopsinkError, match=r"upgrade\.karapace"):
        refuse_one_way([*TAKEN.values(), karapace()], Consent(accepted=tuple(TAKEN)))


def test_what_two_changes_have_in_common_is_said_once() -> None:
    with pytest.raises(PopsinkError) as error:
        refuse_one_way([TAKEN["storage"], TAKEN["storage"]], Consent())
    assert str(error.value).count("upgrade.storage") == 1


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        pytest.param(ONE, OTHER, f"deployment {OTHER}", id="another"),
        pytest.param(ONE, "", "without a control plane", id="one that has no control plane"),
        pytest.param(ONE, ONE.upper(), "", id="the same in capitals"),
        pytest.param("", ONE, "", id="one that begins to have a control plane"),
    ],
)
def test_a_release_of_another_deployment_is_not_taken_for_ones_own(before: str, after: str, told: str) -> None:
    transition = from_to({"deploymentId": before}, {"deploymentId": after})
    findings = one_way(transition, Consent())
    assert [finding.id for finding in findings] == ["upgrade.deployment"] * bool(told)
    assert all(told in finding.found and "popsink_namespace" in finding.remedy for finding in findings)
