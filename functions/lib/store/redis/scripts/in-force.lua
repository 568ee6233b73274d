-- Putting another generation in force. Comes before every script that needs it; has no KEYS or ARGV of its own.
--
-- The old generation is kept as `previous`, unless nothing was ever committed to it; the one that was `previous` is to be
-- removed, by remove.lua. The hold ends.

local function put_in_force(pointer_key, old, previous, new)
  local base = string.sub(pointer_key, 1, -4)
  local kept = (redis.call('HGET', base .. 'state:' .. old, 'version') or '0') ~= '0'
  redis.call('HSET', pointer_key, 'generation', new)
  redis.call('HDEL', pointer_key, 'holder', 'until', 'previous')
  if kept then redis.call('HSET', pointer_key, 'previous', old) end
  if not kept and old ~= new then redis.call('SADD', base .. 'retired', old) end
  if previous and previous ~= new and previous ~= old then redis.call('SADD', base .. 'retired', previous) end
end
