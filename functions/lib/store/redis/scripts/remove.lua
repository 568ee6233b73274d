-- Removes what is left of one generation that is to be removed, a bounded piece at a time.
--
-- KEYS[1]  the set's pointer, as in commit.lua
-- ARGV     how many keys at most
-- Returns  1 where there may be more to remove, 0 where there is nothing
--
-- Ids that have expired are not looked for: they have a time to live.

local base = string.sub(KEYS[1], 1, -4)
local retired = base .. 'retired'
local generation = redis.call('SRANDMEMBER', retired)
if not generation then return 0 end

local state_key = base .. 'state:' .. generation
for _, part in ipairs({ 'tail:', 'history:', 'snapshots:' }) do redis.call('UNLINK', base .. part .. generation) end
local ids = read_ids(redis.call('HGET', state_key, 'ids'), 0)
local epoch = ids.epochs[#ids.epochs]
if not epoch then
  redis.call('UNLINK', state_key)
  redis.call('SREM', retired, generation)
  return 1
end
local keys = {}
while epoch[3] > 0 and #keys < tonumber(ARGV[1]) do
  epoch[3] = epoch[3] - 1
  keys[#keys + 1] = base .. 'ids:' .. generation .. ':' .. epoch[1] .. ':' .. epoch[3]
end
if #keys > 0 then redis.call('UNLINK', unpack(keys)) end
if epoch[3] == 0 then ids.epochs[#ids.epochs] = nil end
redis.call('HSET', state_key, 'ids', text_of_ids(ids))
return 1
