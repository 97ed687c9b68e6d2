// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

/// @title What agents were found to be like, as those say who worked with them.
/// @notice Facts only: whom to believe, and how soon facts grow old, is up to who reads them.
///
/// 1. A rater says a thing of a provider, an execution and a skill once; to say it again changes nothing.
/// 2. A rater has a bond that it gets back, and says no more than so many things of a provider a day.
/// 3. Tallies are kept by rater: none of them is the truth about a provider.
/// 4. Nobody rates an agent that it controls itself.
contract AgentTrust is EIP712, ReentrancyGuardTransient {
    /// @param providerId Hash of the agent's id.
    /// @param consumerId Hash of the execution's id.
    /// @param rating In ten thousandths.
    struct Interaction {
        bytes32 providerId;
        bytes32 consumerId;
        bytes32 skill;
        uint16 rating;
        bool successful;
        uint32 responseTimeMs;
    }

    struct Tally {
        uint64 count;
        uint64 successes;
        uint128 ratings;
    }

    struct Bond {
        uint192 amount;
        uint64 leavesAt;
    }

    uint256 public constant UNBONDING = 30 days;
    uint16 public constant MAX_RATING = 10_000;

    bytes32 private constant INTERACTION_TYPEHASH = keccak256(
        "Interaction(bytes32 providerId,bytes32 consumerId,bytes32 skill,uint16 rating,bool successful,uint32 responseTimeMs,address rater)"
    );
    bytes32 private constant CLAIM_TYPEHASH = keccak256("AgentClaim(bytes32 agentId,address controller)");

    uint256 public immutable BOND;
    uint256 public immutable DAILY_LIMIT;

    /// @notice Ids are hashes of names that anybody knows; so a claim counts for those who believe its registrar.
    mapping(address registrar => mapping(bytes32 agentId => address)) public controllerOf;
    mapping(address controller => mapping(bytes32 agentId => bool)) public isControlledBy;
    mapping(address rater => Bond) public bonds;
    mapping(bytes32 key => bool) public isRecorded;
    mapping(address rater => mapping(bytes32 providerId => Tally)) public tallies;
    mapping(bytes32 key => uint256) private _saidOnDay;

    event AgentClaimed(address indexed registrar, bytes32 indexed agentId, address indexed controller);
    event RaterJoined(address indexed rater, uint256 amount);
    event RaterLeaving(address indexed rater, uint64 leavesAt);
    event BondWithdrawn(address indexed rater, uint256 amount);
    event InteractionRecorded(
        bytes32 indexed providerId,
        bytes32 indexed skill,
        address indexed rater,
        bytes32 consumerId,
        uint16 rating,
        bool successful,
        uint32 responseTimeMs
    );

    error NotAllowed(address caller);
    error AlreadyClaimed(bytes32 agentId, address controller);
    error NotBonded(address rater);
    error TooEarly(uint256 opensAt);
    error BadRating(uint256 rating);
    error SelfRating(bytes32 providerId);
    error LimitReached(bytes32 providerId, uint256 limit);
    error TransferFailed(address account);

    constructor(uint256 bond, uint256 dailyLimit) EIP712("AgentTrust", "1") {
        BOND = bond;
        DAILY_LIMIT = dailyLimit;
    }

    /// @notice The caller says that it controls an agent, and a registrar bears it out.
    /// @return changed False: so it is on record already.
    function claimAgent(address registrar, bytes32 agentId, bytes calldata signature) external returns (bool changed) {
        address known = controllerOf[registrar][agentId];
        if (known == msg.sender) return false;
        if (known != address(0)) revert AlreadyClaimed(agentId, known);
        _authorize(registrar, keccak256(abi.encode(CLAIM_TYPEHASH, agentId, msg.sender)), signature);
        controllerOf[registrar][agentId] = msg.sender;
        isControlledBy[msg.sender][agentId] = true;
        emit AgentClaimed(registrar, agentId, msg.sender);
        return true;
    }

    /// @notice Adds to the caller's bond; one that was leaving stays.
    function joinAsRater() external payable {
        Bond storage mine = bonds[msg.sender];
        mine.amount += uint192(msg.value);
        mine.leavesAt = 0;
        if (mine.amount < BOND) revert NotBonded(msg.sender);
        emit RaterJoined(msg.sender, msg.value);
    }

    /// @notice The caller says no more, and gets its bond back after a while.
    function stopRating() external {
        Bond storage mine = bonds[msg.sender];
        if (mine.amount == 0 || mine.leavesAt != 0) revert NotBonded(msg.sender);
        mine.leavesAt = uint64(block.timestamp + UNBONDING);
        emit RaterLeaving(msg.sender, mine.leavesAt);
    }

    function withdrawBond() external nonReentrant {
        Bond memory mine = bonds[msg.sender];
        if (mine.leavesAt == 0) revert NotBonded(msg.sender);
        if (block.timestamp < mine.leavesAt) revert TooEarly(mine.leavesAt);
        delete bonds[msg.sender];
        emit BondWithdrawn(msg.sender, mine.amount);
        (bool isPaid,) = msg.sender.call{value: mine.amount}("");
        if (!isPaid) revert TransferFailed(msg.sender);
    }

    /// @notice Sent by the rater, or by anybody with its signature.
    /// @return changed False: the rater said so already.
    function recordInteraction(Interaction calldata interaction, address rater, bytes calldata signature)
        external
        returns (bool changed)
    {
        bytes32 said = keccak256(
            abi.encode(
                INTERACTION_TYPEHASH,
                interaction.providerId,
                interaction.consumerId,
                interaction.skill,
                interaction.rating,
                interaction.successful,
                interaction.responseTimeMs,
                rater
            )
        );
        _authorize(rater, said, signature);
        _checkBond(rater);
        return _record(interaction, rater);
    }

    /// @notice Several of the caller's.
    function recordInteractions(Interaction[] calldata interactions) external returns (uint256 changed) {
        _checkBond(msg.sender);
        for (uint256 i = 0; i < interactions.length; ++i) {
            if (_record(interactions[i], msg.sender)) ++changed;
        }
    }

    function _record(Interaction calldata interaction, address rater) private returns (bool) {
        bytes32 provider = interaction.providerId;
        if (interaction.rating > MAX_RATING) revert BadRating(interaction.rating);
        if (isControlledBy[rater][provider]) revert SelfRating(provider);
        bytes32 key = keccak256(abi.encode(rater, provider, interaction.consumerId, interaction.skill));
        if (isRecorded[key]) return false;
        isRecorded[key] = true;
        if (++_saidOnDay[keccak256(abi.encode(rater, provider, block.timestamp / 1 days))] > DAILY_LIMIT) {
            revert LimitReached(provider, DAILY_LIMIT);
        }
        Tally storage tally = tallies[rater][provider];
        tally.count += 1;
        tally.ratings += interaction.rating;
        if (interaction.successful) tally.successes += 1;
        emit InteractionRecorded(
            provider,
            interaction.skill,
            rater,
            interaction.consumerId,
            interaction.rating,
            interaction.successful,
            interaction.responseTimeMs
        );
        return true;
    }

    function _checkBond(address rater) private view {
        Bond storage theirs = bonds[rater];
        if (theirs.amount < BOND || theirs.leavesAt != 0) revert NotBonded(rater);
    }

    function _authorize(address signer, bytes32 said, bytes calldata signature) private view {
        if (msg.sender == signer) return;
        if (!SignatureChecker.isValidSignatureNow(signer, _hashTypedDataV4(said), signature)) {
            revert NotAllowed(msg.sender);
        }
    }
}
