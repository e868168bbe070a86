"""Kotatsu, the stream browser from chart .71 on: reads the bucket."""

from __future__ import annotations

from standin import environment, log, process, web
from standin.objects import ObjectStore


def main() -> None:
    bucket = environment.required("S3_BUCKET")
    ObjectStore.from_environment(bucket).look()
    routes = web.Routes(quiet=("/livez", "/readyz"))
    for path in ("/livez", "/readyz"):
        routes.add("GET", path, lambda _request: web.as_json({"status": "ok"}))
    routes.add("GET", "/", lambda _request: web.as_html("kotatsu", f"<p>bucket {bucket}</p>"))
    web.serve(routes, "0.0.0.0", 8080)
    log.info(f"kotatsu reads the bucket {bucket}")


if __name__ == "__main__":
    process.run(main)
