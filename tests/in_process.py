"""The service without HTTP: both directions still cross as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from poetc.errors import ServiceError
from poetc.service.generation import transpile
from poetc.wire import TranspileRequest, TranspileResponse


class InProcess:
    """Stands in for `poetc.client.transpiler.Transpiler`."""

    def transpile(self, request: TranspileRequest) -> TranspileResponse:
        """One function → its implementation."""
        asked = TranspileRequest.model_validate_json(request.model_dump_json())
        assert asked == request, "the request survives the wire"
        answer = transpile(asked)
        assert answer == transpile(asked), "the same request has the same answer, byte for byte"
        return TranspileResponse.model_validate_json(answer.model_dump_json())

    def transpile_many(
        self, requests: Sequence[TranspileRequest]
    ) -> Iterator[tuple[int, TranspileResponse | ServiceError]]:
        """Functions → their implementations."""
        for index, request in enumerate(requests):
            yield index, self.transpile(request)

    def close(self) -> None:
        """Nothing to close."""
