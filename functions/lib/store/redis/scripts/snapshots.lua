-- Snapshots of a generation. Comes before every script that needs it; has no KEYS or ARGV of its own.
--
-- `{<set>}:snapshots:<generation>` is a hash:
--   list                            JSON, newest first: { { version, revision, time (epoch ms), kept ("commit" or "rollback"),
--                                   by (the revision that a rollback made of it), made (its version) }, ... }, texts all
--   state:<version>                 the state, where it has no tail; else
--   base:<version>, tail:<version>  its base, and JSON of its tail: an earlier Wadi finds no state there, and leaves it alone
--   point:<version>                 the history point ("" for none)

local function read_snapshots(key)
  local text = redis.call('HGET', key, 'list')
  return text and cjson.decode(text) or {}
end

-- Of each kind the last `most` are kept; what is kept twice is of the newer kind.
-- `found`: { base, tail } as stored_since gives it.
local function keep_snapshot(key, snapshot, found, point, most)
  if most < 1 then return end
  local list, count, gone = { snapshot }, 1, {}
  for _, one in ipairs(read_snapshots(key)) do
    if one.kept == snapshot.kept then count = count + 1 end
    if one.version == snapshot.version then
      if one.kept == snapshot.kept then count = count - 1 end
    elseif one.kept == snapshot.kept and count > most then
      for _, part in ipairs({ 'state:', 'base:', 'tail:', 'point:' }) do gone[#gone + 1] = part .. one.version end
    else
      list[#list + 1] = one
    end
  end
  local version = snapshot.version
  local has_tail = #found[2] > 0
  redis.call('HSET', key, 'list', cjson.encode(list), (has_tail and 'base:' or 'state:') .. version, found[1], 'point:' .. version, point)
  if has_tail then redis.call('HSET', key, 'tail:' .. version, cjson.encode(found[2])) end
  if #gone > 0 then redis.call('HDEL', key, unpack(gone)) end
end

-- { base, tail } of a snapshot; false where it is not kept.
local function snapshot_state(key, version)
  local kept = redis.call('HMGET', key, 'state:' .. version, 'base:' .. version, 'tail:' .. version)
  if kept[1] then return { kept[1], {} } end
  return kept[2] and { kept[2], cjson.decode(kept[3]) }
end
