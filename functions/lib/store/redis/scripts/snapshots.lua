-- Snapshots of a generation. Comes before every script that needs it; has no KEYS or ARGV of its own.
--
-- `{<set>}:snapshots:<generation>` is a hash:
--   list                            JSON, newest first: { { version, revision, time (epoch ms), kept ("commit" or "rollback"),
--                                   by (the revision that a rollback made of it), made (its version) }, ... }, texts all
--   state:<version>, point:<version>  the state, and the history point ("" for none)

local function read_snapshots(key)
  local text = redis.call('HGET', key, 'list')
  return text and cjson.decode(text) or {}
end

-- Of each kind the last `most` are kept; what is kept twice is of the newer kind.
local function keep_snapshot(key, snapshot, state, point, most)
  if most < 1 then return end
  local list, count, gone = { snapshot }, 1, {}
  for _, one in ipairs(read_snapshots(key)) do
    if one.kept == snapshot.kept then count = count + 1 end
    if one.version == snapshot.version then
      if one.kept == snapshot.kept then count = count - 1 end
    elseif one.kept == snapshot.kept and count > most then
      gone[#gone + 1] = 'state:' .. one.version
      gone[#gone + 1] = 'point:' .. one.version
    else
      list[#list + 1] = one
    end
  end
  local version = snapshot.version
  redis.call('HSET', key, 'list', cjson.encode(list), 'state:' .. version, state, 'point:' .. version, point)
  if #gone > 0 then redis.call('HDEL', key, unpack(gone)) end
end
