"""Run the experiments, all or the named ones, one after another; exit with 1 if one failed.

PYTHONPATH=tests python -m chaos [--short] [NAME …]; names: those of EXPERIMENTS
"""

import subprocess
import sys

EXPERIMENTS = (
    "crash",
    "power",
    "disk_full",
    "disk_fails",
    "postgres_killed",
    "failover",
    "accounting",
    "ledger",
    "overload",
    "slow_clients",
    "tamper",
    "backup",
    "recovery",
    "clock_jumps",
    "lost_keys",
    "out_of_memory",
    "postgres_disk_full",
)


def main(arguments: list[str]) -> int:
    """Run each experiment in a process of its own, so that none affects the next."""
    length = [word for word in arguments if word == "--short"]
    named = [word for word in arguments if word != "--short"]
    if unknown := set(named) - set(EXPERIMENTS):
        print(f"There is no experiment {', '.join(sorted(unknown))}; there are {', '.join(EXPERIMENTS)}.")
        return 2
    failed = [
        name
        for name in named or EXPERIMENTS
        if subprocess.run([sys.executable, "-m", f"chaos.{name}", *length]).returncode
    ]
    print(f"FAILED: {', '.join(failed)}" if failed else "Nothing was lost, and every planted fault was caught.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
