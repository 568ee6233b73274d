-- What is stored of a model set.
--
-- KEYS[1]  the set's pointer, as in commit.lua
-- ARGV     generation ("" for the one in force); "state" where the state is wanted too
-- Returns  { generation, version, revision, state }   "0", "" and "" where nothing was committed; state "" where not wanted

local generation = ARGV[1]
if generation == '' then generation = redis.call('HGET', KEYS[1], 'generation') or '1' end
local key = string.sub(KEYS[1], 1, -4) .. 'state:' .. generation
local stored = redis.call('HMGET', key, 'version', 'revision')
local state = ARGV[2] == 'state' and redis.call('HGET', key, 'state') or ''
return { generation, stored[1] or '0', stored[2] or '', state }
