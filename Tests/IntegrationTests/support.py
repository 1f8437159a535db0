"""What the integration tests share: waiting for an event, and reading rich errors."""

import time

from google.rpc import error_details_pb2
from grpc_status import rpc_status


def eventually(condition, seconds):
    """Waits until the condition holds; fails when it does not within the time."""
    end = time.monotonic() + seconds
    while True:
        if condition():
            return
        assert time.monotonic() < end, f"did not become true within {seconds} s"
        time.sleep(0.02)


def bad_fields(error):
    """The field paths of a google.rpc.BadRequest in an error's details."""
    status = rpc_status.from_call(error)
    assert status is not None, f"no rich status: {error}"
    fields = []
    for detail in status.details:
        violation = error_details_pb2.BadRequest()
        if detail.Unpack(violation):
            fields += [v.field for v in violation.field_violations]
    return fields
