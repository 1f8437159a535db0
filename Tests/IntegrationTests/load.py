"""A bounded open-loop load on the gateway, from several threads, that keeps every answer's outcome."""

import threading
import time
from dataclasses import dataclass, field

import grpc


@dataclass
class Load:
    """Sends `rate` Recommends a second until stopped (60 s at most); `answers` are (time, response or error)."""

    suite: object
    rate: float = 100
    threads: int = 8
    answers: list = field(default_factory=list)

    def __enter__(self):
        self._stop = threading.Event()
        self._workers = [threading.Thread(target=self._work, args=(n,)) for n in range(self.threads)]
        for worker in self._workers:
            worker.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        for worker in self._workers:
            worker.join()

    def _work(self, number):
        users = self.suite.some_users
        step = self.threads / self.rate
        due = time.monotonic() + number / self.rate
        end = due + 60
        turn = number
        while not self._stop.wait(max(0, due - time.monotonic())) and due < end:
            due += step
            turn += self.threads
            request = self.suite.api.RecommendRequest(
                subject=self.suite.api.Subject(user_id=users[turn % len(users)]), count=10)
            try:
                answer = self.suite.gateway.Recommend(request, timeout=2)
            except grpc.RpcError as error:
                answer = error
            self.answers.append((time.monotonic(), answer))

    def wait_for(self, condition, seconds):
        """Waits until an answer that came after now fulfils the condition; its time, or a failure."""
        begun = time.monotonic()
        looked = len(self.answers)
        while time.monotonic() - begun < seconds:
            new = self.answers[looked:]
            looked += len(new)
            for when, answer in new:
                if not isinstance(answer, grpc.RpcError) and condition(answer):
                    return when - begun
            self._stop.wait(0.02)
        last = self.answers[-1][1] if self.answers else None
        raise AssertionError(f"no such answer within {seconds} s; last: {str(last)[:600]}")

    def wait_for_answers(self, count, seconds=60):
        """Waits until so many more requests have been answered, or failed."""
        begun = time.monotonic()
        wanted = len(self.answers) + count
        while len(self.answers) < wanted:
            assert time.monotonic() - begun < seconds, f"only {len(self.answers)} of {wanted} answers"
            self._stop.wait(0.02)

    @property
    def failures(self):
        return [answer for _, answer in self.answers if isinstance(answer, grpc.RpcError)]
