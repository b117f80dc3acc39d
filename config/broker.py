"""One REDIS_URL serves the cache and Celery, which spell a socket address differently."""

from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit


def with_database(url: str, number: int) -> str:
    """The same Redis server, another of its numbered databases."""
    parts = urlsplit(url)
    if parts.scheme == "unix":
        query = {key: values[-1] for key, values in parse_qs(parts.query).items()} | {"db": str(number)}
        return f"unix://{parts.netloc}{parts.path}?{urlencode(query)}"
    return urlunsplit(parts._replace(path=f"/{number}"))


def database_number(url: str) -> int:
    """Which of the server's numbered databases the address means."""
    parts = urlsplit(url)
    number = parse_qs(parts.query).get("db", ["0"])[-1] if parts.scheme == "unix" else parts.path.strip("/")
    return int(number or 0)


def celery_url(url: str) -> str:
    """The address as Celery wants it: `unix:///path?db=1` becomes `redis+socket:///path?virtual_host=1`."""
    parts = urlsplit(url)
    if parts.scheme != "unix":
        return url
    return f"redis+socket://{parts.path}?virtual_host={database_number(url)}"
