using System.Xml.Linq;
using LiveChat.Server.Storage.Sql;
using Microsoft.AspNetCore.DataProtection.Repositories;

namespace LiveChat.Server.Storage.Sqlite;

/// <summary>The keys that session tokens are made with, in the database: they hold across restarts, and are in its backups.</summary>
internal sealed class SqliteProtectionKeys(SqliteDatabase database) : IXmlRepository
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    public IReadOnlyCollection<XElement> GetAllElements()
    {
        using var connection = database.OpenReader();
        using var command = connection.Command("SELECT xml FROM protection_key ORDER BY position");
        using var row = command.ExecuteReader();
        var elements = new List<XElement>();
        while (row.Read())
            elements.Add(XElement.Parse(row.GetString(0)));
        return elements;
    }

    public void StoreElement(XElement element, string friendlyName)
    {
        using var connection = database.OpenWriter(Timeout);
        connection.Execute(
            "INSERT INTO protection_key (name, xml) VALUES (@name, @xml)",
            ("@name", friendlyName),
            ("@xml", element.ToString(SaveOptions.DisableFormatting)));
    }
}
