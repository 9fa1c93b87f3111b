"""Rules for the files of the repository: nothing in them ties the project to one machine or to one download server."""

import re
import subprocess
import tomllib
from pathlib import Path, PurePosixPath

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
LOCKS = ("requirements.lock", "requirements-dev.lock")

# Put together here, so that this file does not name them either.
REGISTRIES = [
    re.escape(".".join(host))
    for host in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("yarnpkg", "com"),
        ("maven", "apache", "org"),
        ("maven", "org"),
        ("sonatype", "org"),
        ("proxy", "golang", "org"),
        ("debian", "org"),
    )
]
OPTIONS = [r"--(?:extra-)?index-url", "--find[-]links", r'"resolved"\s*:', "/maven[2]/"]
ADDRESS = re.compile("|".join(REGISTRIES + OPTIONS))
MACHINE_PATH = re.compile(r"(?<![\w.:/~-])(?:/(?:home|Users|root|work|tmp|mnt)|[A-Z]:\\Users)[/\\]\w")


def tracked() -> list[Path]:
    """The files that git has, or would take."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout.decode()
    return [path for name in sorted(set(listed.split("\0")) - {""}) if (path := ROOT / name).is_file()]


def hits(pattern: re.Pattern[str]) -> list[str]:
    found = []
    for path in tracked():
        try:
            lines = path.read_text("utf-8").splitlines()
        except UnicodeDecodeError:
            continue  # a picture
        name = path.relative_to(ROOT)
        found += [f"{name}:{n}: {line:.120}" for n, line in enumerate(lines, 1) if pattern.search(line)]
    return found


def entries(lock: str) -> dict[str, list[tuple[Requirement, list[str]]]]:
    """The pins of a lock file with their hashes, by name; a package can have one pin for each Python."""
    found: dict[str, list[tuple[Requirement, list[str]]]] = {}
    text = re.sub(r"^\s*#.*\n", "", (ROOT / lock).read_text("utf-8"), flags=re.M)
    for line in text.replace("\\\n", "").splitlines():
        pin, *hashes = line.split(" --hash=")
        requirement = Requirement(pin.strip())
        found.setdefault(canonicalize_name(requirement.name), []).append((requirement, [h.strip() for h in hashes]))
    return found


def test_git_lists_the_files() -> None:
    assert {"Makefile", "LICENSE", "requirements.lock", "tests/unit/test_house.py"} <= {
        path.relative_to(ROOT).as_posix() for path in tracked()
    }


def test_no_download_address() -> None:
    assert hits(ADDRESS) == []


def test_no_path_of_a_machine() -> None:
    assert hits(MACHINE_PATH) == []


@pytest.mark.parametrize(
    "line",
    [
        "/".join(["https:", "", "files." + "pythonhosted" + ".org", "packages"]),
        "--index" + "-url https://example.org",
        "cd /" + "home/someone/belgraph",
        'HOME = "C:' + '\\Users\\someone"',
    ],
)
def test_such_a_line_is_found(line: str) -> None:
    assert ADDRESS.search(line) or MACHINE_PATH.search(line)


@pytest.mark.parametrize(
    "line",
    ["https://schema.org/" + "work/x", "tmpfs: [/" + "tmp]", "~/.local/share", "uv pip --no-emit-index-url"],
)
def test_such_a_line_is_not(line: str) -> None:
    assert not ADDRESS.search(line)
    assert not MACHINE_PATH.search(line)


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_of_a_lock_is_pinned_and_hashed(lock: str) -> None:
    assert "://" not in (ROOT / lock).read_text("utf-8")
    pins = [entry for found in entries(lock).values() for entry in found]
    assert len(pins) > 40
    for requirement, hashes in pins:
        assert [specifier.operator for specifier in requirement.specifier] == ["=="], requirement
        assert requirement.url is None
        assert hashes, requirement
        assert all(re.fullmatch("sha256:[0-9a-f]{64}", value) for value in hashes), requirement


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_what_pyproject_asks_for(lock: str) -> None:
    project = PROJECT["project"]
    asked = [*PROJECT["build-system"]["requires"], *project["dependencies"]]
    if lock == "requirements-dev.lock":
        asked += project["optional-dependencies"]["dev"]
    pinned = entries(lock)
    for requirement in map(Requirement, asked):
        pins = pinned.get(canonicalize_name(requirement.name))
        assert pins, f"{lock} lacks {requirement.name}: make lock"
        for pin, _ in pins:
            (specifier,) = pin.specifier
            assert requirement.specifier.contains(specifier.version), f"{lock} has {pin}, not {requirement}: make lock"


def test_tests_run_on_the_packages_that_users_get() -> None:
    run, dev = (
        {name: {str(pin): hashes for pin, hashes in found} for name, found in entries(lock).items()} for lock in LOCKS
    )
    assert run.items() <= dev.items()


def test_an_installation_holds_every_file_that_the_code_may_read() -> None:
    packages, patterns = PROJECT["tool"]["setuptools"]["packages"], PROJECT["tool"]["setuptools"]["package-data"]["*"]
    for path in tracked():
        inside = PurePosixPath(path.relative_to(ROOT))
        package = next((parent for parent in inside.parents if str(parent).replace("/", ".") in packages), None)
        if package and path.suffix not in {".py", ".md"}:
            file = PurePosixPath("/", inside.relative_to(package))
            assert any(file.match(f"/{pattern}") for pattern in patterns), (
                f"pyproject.toml, package-data: no pattern takes {inside}"
            )


def test_every_package_is_installed() -> None:
    found = {path.parent for path in tracked() if path.name == "__init__.py"}
    packages = PROJECT["tool"]["setuptools"]["packages"]
    names = {str(path.relative_to(ROOT)).replace("/", ".") for path in found}
    assert {name for name in names if name.partition(".")[0] not in ("benchmarks", "tests")} == set(packages)
