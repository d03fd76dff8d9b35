"""The door to Spark: `aidtrace import --spark`, and what is missing on this machine where it does not open."""

import os
import shutil
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from aidtrace.errors import MachineError
from aidtrace.importers.cluster import reason

if TYPE_CHECKING:
    from pyspark import SparkContext

_LOCAL = {
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
}
"""On one machine nobody from outside has to reach it. On a cluster, its own settings hold."""


@contextmanager
def connected(master: str) -> Iterator["SparkContext"]:
    """Hand over the connection to *master*; MachineError where PySpark, Java, or it is not there."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of libraries that it could use, and that we do not
            from pyspark import SparkConf, SparkContext
    except ImportError as error:
        raise MachineError("--spark: needs PySpark; expected: pip install 'aidtrace[spark]'") from error
    _expect_java()
    settings = {"spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false"}
    if master.startswith("local"):
        settings |= _LOCAL
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        # Rows are read by Python's processes, which Java only starts and joins; Spark's files come before this.
        os.environ.setdefault("SPARK_DRIVER_MEMORY", "512m")
    conf = SparkConf().setMaster(master).setAppName("aidtrace").setAll(list(settings.items()))
    try:
        spark = SparkContext(conf=conf)
    except Exception as error:
        raise MachineError(f"--spark {master}: {reason(str(error))}; expected a master, such as local[2]") from error
    try:
        spark.setLogLevel("ERROR")
        yield spark
    finally:
        spark.stop()


def _expect_java() -> None:
    home = os.environ.get("JAVA_HOME")
    if not (Path(home, "bin", "java").is_file() if home else shutil.which("java")):
        where = f"JAVA_HOME is {home}" if home else "no java is on PATH"
        raise MachineError(f"--spark: {where}; expected Java 17 or later: apt-get install default-jre-headless")
