-- The hold on a model set, and what it is for: the promotion of another generation.
--
-- KEYS[1]  the set's pointer, as in commit.lua
-- ARGV     what to do, test time, token, and then
--          "hold": milliseconds to hold
--          "release"
--          "promote": generation to put in force, revision that the one in force must still have
-- Returns  1 where it is done, or was done before; 0 where it may not be

local act, now, token = ARGV[1], time_of(ARGV[2]), ARGV[3]
local pointer = redis.call('HMGET', KEYS[1], 'generation', 'holder', 'until', 'previous')
local held = pointer[2] and tonumber(pointer[3]) > now

if act == 'hold' then
  if held and pointer[2] ~= token then return 0 end
  local till = string.format('%.0f', now + tonumber(ARGV[4]))
  redis.call('HSET', KEYS[1], 'generation', pointer[1] or '1', 'holder', token, 'until', till)
  return 1
end

if act == 'release' then
  if pointer[2] == token then redis.call('HDEL', KEYS[1], 'holder', 'until') end
  return 1
end

if pointer[1] == ARGV[4] then return 1 end
if not held or pointer[2] ~= token then return 0 end
local base = string.sub(KEYS[1], 1, -4)
if (redis.call('HGET', base .. 'state:' .. pointer[1], 'revision') or '') ~= ARGV[5] then return 0 end
if redis.call('SISMEMBER', base .. 'retired', ARGV[4]) == 1 then return 0 end
put_in_force(KEYS[1], pointer[1], pointer[4], ARGV[4])
return 1
