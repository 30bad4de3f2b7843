"""Rows to label next, and labels that came back: `seatrial gate --to-label FILE` and `--labelled FILE`.

Called by `gate` for an INCONCLUSIVE comparison of accuracies. `evidence/more_rows.py` says why only rows that the
models answer differently are worth a label; here it is decided how many are drawn, and the file is written.
"""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from seatrial.errors import UsageError
from seatrial.evidence.more_rows import draw, read_labelled, refuse_known, to_csv
from seatrial.evidence.policy import Columns
from seatrial.evidence.predictions import read_predictions, read_unlabelled
from seatrial.evidence.records import Predictions
from seatrial.gates.codes import Kind
from seatrial.gates.judgement import Judgement
from seatrial.stats.tango import PairedCounts
from seatrial.store import atomic
from seatrial.verdict import Verdict

_ACCURACY = f"{Kind.REGRESSION}.accuracy"


class More(Struct, frozen=True, kw_only=True):
    """Both models' answers to rows without labels, where to write rows to label, and where labels came back."""

    candidate: Path | None
    production: Path | None
    to_label: Path | None
    labelled: Path | None
    judged: Path | None = None
    """The candidate's rows that are judged anyway: none of them may be counted twice, and their labels are known."""

    def counts(self, columns: Columns) -> PairedCounts | None:
        """What labels that came back show. Raises EvidenceError, UsageError."""
        if self.labelled is None:
            return None
        ours, theirs, judged = self._rows(columns)
        return read_labelled(self.labelled, ours, theirs, judged, shown=str(self.labelled))

    def write(self, judgement: Judgement, columns: Columns) -> str | None:
        """Write as many rows as would decide, and say so; None where no file was asked for."""
        if self.to_label is None:
            return None
        if self.to_label.suffix.lower() != ".csv":
            raise UsageError(f"{self.to_label} is not a .csv file", next_step="write e.g. --to-label to_label.csv")
        ours, theirs, _ = self._rows(columns)
        asked = next((one for one in judgement.findings if one.name == _ACCURACY), None)
        if asked is None or asked.verdict is not Verdict.INCONCLUSIVE:
            said = "the set has no regression gate on accuracy" if asked is None else f"it says {asked.verdict} already"
            return f"no rows were written to {self.to_label}: {said}, and labels would change nothing"
        lacking = max(0, (asked.n_needed or 0) - (asked.n or 0))
        drawn = draw(ours, theirs, lacking if lacking > 0 else ours.rows)
        atomic.write_atomic(self.to_label, to_csv(drawn).encode(), durable=False)
        enough = "" if drawn.rows >= lacking > 0 else f", which may not be enough: about {lacking:,} are needed"
        return (
            f"{len(drawn.differing):,} rows to label are in {self.to_label}: those of {drawn.rows:,} more rows that "
            f"the two models answer differently{enough}; fill in `label` and judge again with --labelled"
        )

    def _rows(self, columns: Columns) -> tuple[Predictions, Predictions, Predictions | None]:
        if self.candidate is None or self.production is None:
            raise UsageError(
                "which rows could be labelled is not known",
                next_step="name both models' answers to rows without labels: --unlabelled-candidate FILE "
                "--unlabelled-production FILE",
            )
        ours = read_unlabelled(self.candidate, columns, shown=str(self.candidate))
        theirs = read_unlabelled(self.production, columns, shown=str(self.production))
        if self.judged is None:
            return ours, theirs, None
        judged = read_predictions(self.judged, columns, shown=str(self.judged))
        refuse_known(ours, judged)
        return ours, theirs, judged
