"""How long a table of 176 579 events takes: by our importer, by a mapping, by two RML engines, and a plain scan of it.

Run it with ``make benchmark-importing``; it wants the cut of UCDP's events in ``../shared/datasets`` (or DATASETS=…).
The mapping in SPARQL and that in RML make the same 1 765 790 triples, which is checked. Each is a whole command.
"""

import argparse
import gzip
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

HERE = Path(__file__).parent
EVENTS = Path("ucdp/ged_subset_juanr_1989-2020.csv.gz")
ROUNDS = 3
_ZEROS = re.compile(rb'\.0+"|(\.[0-9]*[1-9])0+"')
_SCAN = (
    "import duckdb; print(duckdb.sql(\"SELECT year, SUM(best_death) FROM 'events.csv' GROUP BY year\").fetchall()[:1])"
)


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("datasets", type=Path)
    parser.add_argument("--morph", type=Path, required=True, help="the bin folder of morph-kgc")
    parser.add_argument("--rdfizer", type=Path, required=True, help="the bin folder of SDM-RDFizer")
    args = parser.parse_args()
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    print(f"{datetime.now(UTC):%Y-%m-%d}, {machine}, median of {ROUNDS}\n")
    print("| command | s | rows/s | triples/s | MiB |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "events.csv").write_bytes(gzip.decompress((args.datasets / EVENTS).read_bytes()))
        for path in (HERE / "events").iterdir():
            shutil.copy(path, folder)
        rows = (folder / "events.csv").read_bytes().count(b"\n") - 1
        ours, python = [sys.executable, "-m", "aidtrace", "import"], str(args.morph / "python")
        commands = {
            "`aidtrace import --mapping`, .nt": [*ours, "--mapping", "events.rq", "events.csv", "--out", "ours.nt"],
            "morph-kgc": [python, "-m", "morph_kgc", "morph.ini"],
            "SDM-RDFizer": [str(args.rdfizer / "python"), "-m", "rdfizer", "-c", "rdfizer.ini"],
            "`aidtrace import ucdp-ged`, .nq": [*ours, "ucdp-ged", "events.csv", "--out", "importer.nq"],
            "DuckDB, one scan": [python, "-c", _SCAN],
        }
        made = {"`aidtrace import --mapping`, .nt": "ours.nt", "morph-kgc": "morph.nt", "SDM-RDFizer": "sdm.nt"}
        made["`aidtrace import ucdp-ged`, .nq"] = "importer.nq"
        for name, command in commands.items():
            seconds, peak = _measured(command, folder)
            out = folder / made[name] if name in made else None
            triples = out.read_bytes().count(b"\n") if out else 0
            told = f"{triples / seconds:,.0f}" if triples else ""
            print(f"| {name} | {seconds:.1f} | {rows / seconds:,.0f} | {told} | {peak / 1024:.0f} |", flush=True)
        same = {frozenset(_lines(folder / made[name])) for name in ("`aidtrace import --mapping`, .nt", "morph-kgc")}
        print(f"\nmorph-kgc and the mapping made {'the same' if len(same) == 1 else 'DIFFERENT'} triples")


def _lines(path: Path) -> list[int]:
    """Return a hash of each line, a decimal without zeros that say nothing: one engine writes 3.0, the other 3."""
    return [hash(_ZEROS.sub(lambda found: (found[1] or b"") + b'"', line.rstrip())) for line in path.open("rb")]


def _measured(command: list[str], folder: Path) -> tuple[float, int]:
    """Return the median of the seconds, and the largest memory in KiB of one of the processes."""
    taken, peaks = [], []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        peak = 0
        while process.poll() is None:
            peak = max(peak, _peak(process.pid))
            time.sleep(0.02)
        taken.append(time.perf_counter() - begun)
        peaks.append(peak)
        if process.returncode:
            raise SystemExit(f"{' '.join(command)}: exit code {process.returncode}")
    return statistics.median(taken), max(peaks)


def _peak(pid: int) -> int:
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1])
    except OSError:
        pass
    return 0


if __name__ == "__main__":
    main()
