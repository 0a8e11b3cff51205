"""Every public verb gives the same answer on Arrow columns, as a Parquet file gives them back.

The calls are those of the metamorphic suite; pyarrow is no dependency of the package.
"""

import io

import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

from tests.property.registry.wings import CALLS
from tests.property.test_metamorphic import compare


def written(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame through a Parquet file, every column of an Arrow type."""
    held = io.BytesIO()
    parquet.write_table(pa.Table.from_pandas(frame), held)
    return parquet.read_table(held).to_pandas(types_mapper=pd.ArrowDtype)


@pytest.mark.parametrize("call", CALLS, ids=[call.verb for call in CALLS])
def test_arrow_columns_give_the_same_answer(call):
    expected = call.run(call.world())
    found = call.run({name: written(frame) for name, frame in call.world().items()})
    compare(found, expected, call.rtol)
