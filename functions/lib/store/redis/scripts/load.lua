-- What is stored of a model set.
--
-- KEYS[1]  the set's pointer, as in commit.lua
-- ARGV     generation ("" for the one in force); "state" where the state is wanted too; then the version and the revision that
--          the reader has ("0" and "" for none)
-- Returns  { generation, version, revision, base, { "<revision> <entry>", ... } }   "0", "" and "" where nothing was committed;
--          base false where the reader has what the entries follow, or wants no state

local generation = ARGV[1]
if generation == '' then generation = redis.call('HGET', KEYS[1], 'generation') or '1' end
local base = string.sub(KEYS[1], 1, -4)
local key = base .. 'state:' .. generation
local stored = redis.call('HMGET', key, 'version', 'revision')
local version, revision = stored[1] or '0', stored[2] or ''
if ARGV[2] ~= 'state' then return { generation, version, revision, false, {} } end
local found = stored_since(key, base .. 'tail:' .. generation, version, revision, ARGV[3], ARGV[4])
return { generation, version, revision, found[1], found[2] }
