-- Adds ids to a generation that was never committed to and is to be adopted (adopt.lua).
--
-- KEYS[1]  the set's pointer, as in commit.lua
-- ARGV     test time, generation, and for each id: id, hour until which it is kept
-- Returns  1; 0 where the generation is in force, committed to, or being removed: then nothing is added

local base = string.sub(KEYS[1], 1, -4)
local now, generation = time_of(ARGV[1]), ARGV[2]
local state_key = base .. 'state:' .. generation
local stored = redis.call('HMGET', state_key, 'version', 'ids')
if generation == (redis.call('HGET', KEYS[1], 'generation') or '1') or (stored[1] or '0') ~= '0' then return 0 end
if redis.call('SISMEMBER', base .. 'retired', generation) == 1 then return 0 end

local prefix = base .. 'ids:' .. generation .. ':'
local ids = read_ids(stored[2], now)
local given = {}
for i = 3, #ARGV, 2 do given[#given + 1] = ARGV[i] end
local known = {}
for _, index in ipairs(learned_among(prefix, ids, given)) do known[index + 1] = true end
local new, hours = {}, {}
for i, id in ipairs(given) do
  if not known[i] then
    new[#new + 1] = id
    hours[#hours + 1] = tonumber(ARGV[2 * i + 2])
  end
end

redis.call('SADD', base .. 'brought', generation)
if #new > 0 then
  learn_all(prefix, ids, new, hours, now, 3)
  redis.call('HSET', state_key, 'ids', text_of_ids(ids))
  redis.call('HINCRBY', state_key, 'added', #new)
end
return 1
