// The door to hiredis 0.14 (its asynchronous face) and to the kernel's epoll and eventfd, which its event loop
// is made of; only one Swift target imports it.
#pragma once
#include <hiredis/hiredis.h>
#include <hiredis/async.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
