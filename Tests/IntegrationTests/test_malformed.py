"""Garbage at every door: an error to that caller, and nothing else."""

import random
import socket
import struct

import grpc
import pytest

from test_client import for_user

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


def frame(kind, flags, stream, payload):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def send(address, data, wait=True):
    host, port = address.split(":")
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        try:
            connection.sendall(data)
            if wait:
                connection.settimeout(0.3)
                while connection.recv(65536):
                    pass
        except OSError:
            pass


GARBAGE = {
    "plain HTTP": b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    "random bytes": random.Random(1).randbytes(4096),
    "preface only": PREFACE,
    "preface then random": PREFACE + random.Random(2).randbytes(4096),
    "huge frame length": PREFACE + b"\xff\xff\xff\x00\x00\x00\x00\x00\x01",
    "settings on a stream": PREFACE + frame(4, 0, 1, b""),
    "data before headers": PREFACE + frame(4, 0, 0, b"") + frame(0, 1, 1, b"\x00\x00\x00\x00\x05hello"),
    "bad header block": PREFACE + frame(4, 0, 0, b"") + frame(1, 4, 1, b"\xff" * 100),
    "reset of an idle stream": PREFACE + frame(4, 0, 0, b"") + frame(3, 0, 7, b"\x00\x00\x00\x08"),
    "window overflow": PREFACE + frame(4, 0, 0, b"") + frame(8, 0, 0, b"\x7f\xff\xff\xff") * 3,
}


@pytest.mark.parametrize("kind", GARBAGE)
def test_garbage_frames_hurt_nobody_else(suite, kind):
    for name in suite.names:
        send(suite.address(name), GARBAGE[kind])
    assert suite.all_alive()
    assert len(for_user(suite, suite.heavy_user, count=5).items) == 5


def test_connections_that_vanish_hurt_nobody(suite):
    for _ in range(50):
        send(suite.address("gateway"), PREFACE + frame(4, 0, 0, b""), wait=False)
    assert suite.all_alive()
    assert len(for_user(suite, suite.heavy_user, count=5).items) == 5


def test_random_bytes_as_messages_are_refused_by_every_method(suite):
    generator = random.Random(3)
    for name, methods in suite.methods().items():
        with grpc.insecure_channel(suite.address(name)) as channel:
            for path in methods:
                for size in (1, 7, 100, 5000):
                    call = channel.unary_unary(path)
                    with pytest.raises(grpc.RpcError) as caught:
                        call(b"\x0f" + generator.randbytes(size), timeout=5)
                    assert caught.value.code() in (
                        grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.UNIMPLEMENTED), path
    assert suite.all_alive()


def test_a_message_over_the_limit_is_refused(suite):
    call = suite.channel.unary_unary("/recsys.gateway.v1.RecommendationService/Recommend")
    with pytest.raises(grpc.RpcError) as caught:
        call(b"\x00" * (20 << 20), timeout=20)
    assert caught.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
    assert suite.all_alive()
