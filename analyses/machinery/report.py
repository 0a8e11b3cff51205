"""Report: what a build did, and the line that says so."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Report:
    """What a build did.

    Parameters
    ----------
    ran, cached, failed : list of str
        Names of tasks.
    blocked : dict
        Task not built -> the failed task it needs.
    out_of_date : list of str
        Files left from an earlier build that belong to failed or blocked tasks.
    seconds : float
    """

    ran: list[str] = field(default_factory=list)
    cached: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    blocked: dict[str, str] = field(default_factory=dict)
    out_of_date: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        """True if everything is built."""
        return not self.failed and not self.blocked

    def summary(self) -> str:
        """One line: how many ran, were cached, failed, were not built."""
        text = f"{len(self.ran)} ran, {len(self.cached)} cached"
        if self.failed:
            text += f", {len(self.failed)} failed ({', '.join(self.failed)})"
        for task in self.failed:
            waiting = [name for name, cause in self.blocked.items() if cause == task]
            if waiting:
                text += f", {len(waiting)} not built because of {task} ({', '.join(waiting)})"
        return f"{text}; {self.seconds:.1f} s"
