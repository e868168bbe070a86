"""Kafka UI, up to chart .70: needs the broker."""

from __future__ import annotations

from standin import environment, kafka, log, process, retry, web


def main() -> None:
    bootstrap = environment.required("KAFKA_CLUSTERS_0_BOOTSTRAPSERVERS")
    retry.until(f"broker {bootstrap}", lambda: kafka.check(bootstrap), (OSError,))
    routes = web.Routes(quiet=("/livez", "/readyz"))
    for path in ("/livez", "/readyz"):
        routes.add("GET", path, lambda _request: web.as_json({"status": "ok"}))
    routes.add("GET", "/", lambda _request: web.as_html("kafka-ui", f"<p>{bootstrap}</p>"))
    web.serve(routes, "0.0.0.0", 8080)
    log.info(f"kafka-ui shows {bootstrap}")


if __name__ == "__main__":
    process.run(main)
