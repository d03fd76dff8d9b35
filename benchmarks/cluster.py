"""How long a table of a million events takes by one process, and shared out by Spark on the cores of this machine.

Run it with ``make benchmark-cluster``; it wants Java (Debian: default-jre-headless). Each is a whole command, Spark's
start included. Processor time is that of all its processes: it tells more than seconds where others are busy beside it.
"""

import argparse
import gzip
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

HEADER = (
    "id,year,month,day,country,type_of_violence,conflict_name,side_a,side_b,latitude,longitude,"
    "low_death,best_death,high_death\n"
)


def _table(path: Path, rows: int) -> None:
    """Write invented events, in the form of the cut of UCDP's that goes round."""
    with path.open("w", encoding="utf-8") as file:
        file.write(HEADER)
        for one in range(rows):
            state, place = one % 190, f"{one % 170 - 85}.{one % 7919:06},{one % 340 - 170}.{one % 6421:06}"
            names = f"Conflict of {state},Government of {state},League {one % 977}"
            died = f"{one % 7},{one % 11 + 7},{one % 13 + 20}"
            file.write(
                f"{one},{1989 + one % 32},{one % 12 + 1},{one % 28 + 1},State {state},State-based violence,"
                f"{names},{place},{died}\n"
            )


def _lines(path: Path) -> int:
    """Return a sum over the hashes of all lines: the same for the same lines in whatever order, as often."""
    found = 0
    for part in sorted(path.glob("*.nq.gz")) if path.is_dir() else [path]:
        with gzip.open(part) if path.is_dir() else part.open("rb") as file:
            found += sum(map(hash, file))
    return found


def _measured(command: list[str], folder: Path) -> tuple[float, float]:
    """Return the seconds that *command* takes, and those of processors in all of its processes."""
    begun, most = time.perf_counter(), 0.0
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None:
        most = max(most, _taken(process.pid))
        time.sleep(0.2)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)}: exit code {process.returncode}")
    return time.perf_counter() - begun, most


def _taken(root: int) -> float:
    """Return the processor time of a process and all below it, those included that have ended."""
    told = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            told[int(path.parent.name)] = path.read_text().rpartition(")")[2].split()
    found, new = set[int](), {root}
    while new:
        found |= new
        new = {pid for pid, fields in told.items() if int(fields[1]) in new} - found
    return sum(sum(map(int, told[pid][11:15])) for pid in found & told.keys()) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    rows = parser.parse_args().rows
    cores = os.cpu_count() or 1
    print(f"{datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, {cores} cores, Python {platform.python_version()}")
    print(f"{rows:,} rows; load before: {os.getloadavg()[0]:.1f}\n")
    print("| command | s | rows/s | processor s | MB written |\n|---|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as place:
        folder, sums = Path(place), set[int]()
        _table(folder / "events.csv", rows)
        for more in ([], ["--spark", f"local[{cores}]"]):
            out = folder / ("parts" if more else "events.nq")
            command = [sys.executable, "-m", "aidtrace", "import", "ucdp-ged", "events.csv", *more, "--out", str(out)]
            seconds, taken = _measured(command, folder)
            written = sum(one.stat().st_size for one in (out.iterdir() if out.is_dir() else [out])) / 1e6
            name = " ".join(["import", *more])
            print(f"| `{name}` | {seconds:.0f} | {rows / seconds:,.0f} | {taken:.0f} | {written:.0f} |", flush=True)
            sums.add(_lines(out))
            shutil.rmtree(out) if out.is_dir() else out.unlink()
    print(f"\nAll wrote {'the same' if len(sums) == 1 else 'DIFFERENT'} triples.")


if __name__ == "__main__":
    main()
