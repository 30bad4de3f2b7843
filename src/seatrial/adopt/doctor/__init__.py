"""What `seatrial doctor` looks at, and what it makes of it.

`examine.py` is the way in. Gathering (files, git, records, the machine) ends in the values of `facts.py`; everything
from facts to points, level, findings and next steps is pure. docs/design/doctor.md draws it.
"""
