-- Puts in force at once what was brought from elsewhere: a state, its history, and the ids that were added before.
--
-- KEYS[1]  the set's pointer, as in commit.lua
-- ARGV     test time, generation, version, revision, state, how many ids were added, "replace" where the set may have
--          learned already, and history points, newest first, as "<version> <point>"
-- Returns  "adopted" also where it was done before, "exists", "held", "incomplete" where ids are missing
--
-- A generation that was swept away in between lacks its count of ids, so it is never put in force without them.

local FIRST_POINT = 8

local base = string.sub(KEYS[1], 1, -4)
local generation = ARGV[2]
local pointer = redis.call('HMGET', KEYS[1], 'generation', 'until', 'previous')
local in_force = pointer[1] or '1'
if in_force == generation then return 'adopted' end
if pointer[2] and tonumber(pointer[2]) > time_of(ARGV[1]) then return 'held' end
if ARGV[7] ~= 'replace' and (redis.call('HGET', base .. 'state:' .. in_force, 'version') or '0') ~= '0' then return 'exists' end
local state_key = base .. 'state:' .. generation
if (redis.call('HGET', state_key, 'added') or '0') ~= ARGV[6] then return 'incomplete' end
if redis.call('SISMEMBER', base .. 'retired', generation) == 1 then return 'incomplete' end

put_base(state_key, base .. 'tail:' .. generation, ARGV[3], ARGV[4], ARGV[5], {})
redis.call('HSET', state_key, 'version', ARGV[3], 'revision', ARGV[4], 'refused', 0, 'turn', 0)
redis.call('HDEL', state_key, 'added')
local history_key = base .. 'history:' .. generation
for i = FIRST_POINT, #ARGV do redis.call('RPUSH', history_key, ARGV[i]) end
put_in_force(KEYS[1], in_force, pointer[3], generation)
redis.call('HSET', KEYS[1], 'committed', '1')
for _, other in ipairs(redis.call('SMEMBERS', base .. 'brought')) do
  if other ~= generation then redis.call('SADD', base .. 'retired', other) end
end
redis.call('DEL', base .. 'brought')
return 'adopted'
