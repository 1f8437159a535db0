import Redis

/// The store's steps that must be one step in Redis.
enum RedisScripts {
  /// KEYS: meta. ARGV: identity, first place of the change stream, whether it is to be filled before it takes other
  /// writes (1). Makes the store where there is none. Returns id, txn, event, change, first, filling.
  static let open = RedisScript(
    """
    if redis.call('HSETNX', KEYS[1], 'id', ARGV[1]) == 1 and ARGV[3] == '1' then
      redis.call('HSET', KEYS[1], 'filling', '1')
    end
    if redis.call('HGET', KEYS[1], 'id') == ARGV[1] then
      redis.call('HSETNX', KEYS[1], 'txn', '0')
      redis.call('HSETNX', KEYS[1], 'event', '0')
      redis.call('HSETNX', KEYS[1], 'change', ARGV[2])
      redis.call('HSETNX', KEYS[1], 'first', ARGV[2])
    end
    return redis.call('HMGET', KEYS[1], 'id', 'txn', 'event', 'change', 'first', 'filling')
    """)

  /// KEYS: meta, changes. ARGV: identity now, identity to be, first place to be. Gives the store another identity
  /// and an empty change stream, if nobody did so before. Returns 1 where it did.
  static let rename = RedisScript(
    """
    if redis.call('HGET', KEYS[1], 'id') ~= ARGV[1] then return 0 end
    redis.call('HSET', KEYS[1], 'id', ARGV[2], 'change', ARGV[3], 'first', ARGV[3])
    redis.call('DEL', KEYS[2])
    return 1
    """)

  /// KEYS: meta. ARGV: identity, txn, key of the writer, number of the write, whether it fills the store (1), then
  /// commands, each after the number of its words. Runs them if nothing was written since `txn`: compare and set for
  /// the whole store. Returns 1; 2 where the store is being filled; or 0, id, txn, and the number of the writer's last
  /// write.
  static let commit = RedisScript(
    """
    local m = redis.call('HMGET', KEYS[1], 'id', 'txn', 'filling')
    if m[1] ~= ARGV[1] or m[2] ~= ARGV[2] then
      return {0, m[1] or '', m[2] or '', redis.call('GET', ARGV[3]) or ''}
    end
    if m[3] and ARGV[5] ~= '1' then return {2} end
    local i = 6
    while ARGV[i] do
      local n = tonumber(ARGV[i])
      redis.call(unpack(ARGV, i + 1, i + n))
      i = i + n + 1
    end
    redis.call('SET', ARGV[3], ARGV[4], 'EX', '2592000')
    return {1}
    """)

  /// KEYS: meta. ARGV: prefix, key of the writer, number of users, then for each its key and the version that is
  /// known (empty: none); then event ids. Returns id, txn, event, change, the number of the writer's last write; for
  /// each user 0 (nothing is known), 1 (as known) or state and
  /// history; for each event id whether it is remembered.
  static let read = RedisScript(
    """
    local r = redis.call('HMGET', KEYS[1], 'id', 'txn', 'event', 'change')
    local p, n = ARGV[1], tonumber(ARGV[3])
    r[5] = redis.call('GET', ARGV[2])
    for i = 0, n - 1 do
      local key, known = ARGV[4 + 2 * i], ARGV[5 + 2 * i]
      local state = redis.call('GET', p .. 'u:' .. key)
      if not state then r[#r + 1] = 0
      elseif string.sub(state, 2, 9) == known then r[#r + 1] = 1
      else r[#r + 1] = {state, redis.call('HGETALL', p .. 'h:' .. key)} end
    end
    for i = 4 + 2 * n, #ARGV do r[#r + 1] = redis.call('EXISTS', p .. 'e:' .. ARGV[i]) end
    return r
    """)

  /// KEYS: meta, changes, items. ARGV: place, limit. Returns first, change, and for each change after the place its
  /// item's key, its place, and the item (nothing: deleted).
  static let changes = RedisScript(
    """
    local r = redis.call('HMGET', KEYS[1], 'first', 'change')
    local c = redis.call(
      'ZRANGEBYSCORE', KEYS[2], '(' .. ARGV[1], '+inf', 'WITHSCORES', 'LIMIT', 0, ARGV[2])
    for i = 1, #c, 2 do
      r[#r + 1] = c[i]
      r[#r + 1] = c[i + 1]
      r[#r + 1] = redis.call('HGET', KEYS[3], c[i])
    end
    return r
    """)

  // MARK: In the turn of one process. KEYS: meta, turn. ARGV: token of the turn, its length in ms.

  /// Then commands, each after the number of its words. Runs them and prolongs the turn. Returns 1; 0 where the turn
  /// has ended.
  static let runInTurn = RedisScript(
    """
    if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
    redis.call('PEXPIRE', KEYS[2], ARGV[2])
    local i = 3
    while ARGV[i] do
      local n = tonumber(ARGV[i])
      redis.call(unpack(ARGV, i + 1, i + n))
      i = i + n + 1
    end
    return 1
    """)

  /// Returns whether the turn was still this one.
  static let endTurn = RedisScript(
    """
    if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
    return redis.call('DEL', KEYS[2])
    """)

  /// From here on the store takes only writes that fill it, if nothing was written yet. Returns 1; 0 where something
  /// was, or the turn has ended.
  static let beginImport = RedisScript(
    """
    if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
    if redis.call('HGET', KEYS[1], 'txn') ~= '0' then return 0 end
    redis.call('HSET', KEYS[1], 'filling', '1')
    return 1
    """)

  /// Then event, change and first place. Makes what was imported the store's content. Returns 1; 0 where something
  /// was written meanwhile, or the turn has ended.
  static let endImport = RedisScript(
    """
    if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
    if redis.call('HGET', KEYS[1], 'txn') ~= '0' then return 0 end
    redis.call('HSET', KEYS[1], 'txn', '1', 'event', ARGV[3], 'change', ARGV[4], 'first', ARGV[5])
    redis.call('HDEL', KEYS[1], 'filling')
    return 1
    """)
}
