"""Where the broker keeps its records."""

from __future__ import annotations

import psycopg

from tests.lab.deployed import RELEASE, Deployed


def test_records_are_in_the_database_and_the_topic_of_the_verification_is_not(deployed: Deployed) -> None:
    server = deployed.lab["postgresql"]
    with psycopg.connect(
        host=server["host"],
        port=server["port"],
        user=server["admin_user"],
        password=server["admin_password"],
        dbname="records",
    ) as connection:
        keys = [key for (key,) in connection.execute("SELECT key FROM tansu").fetchall()]
    assert keys == [f"clusters/{RELEASE}/meta/cluster.json"]


def test_bucket_of_the_deployment_is_not_used(deployed: Deployed) -> None:
    assert deployed.objects() == []
